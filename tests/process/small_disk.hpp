// tests/process/small_disk.hpp - a file system of a few megabytes, mounted in the test's folder while this lives.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace process {

class SmallDisk {
 public:
  // REQUIREs what may_mount() tells.
  SmallDisk(const std::string& name, std::size_t megabytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  // Whether this process may mount anything, perhaps in a namespace of its own, which it then enters for good. To be
  // called while there is one thread.
  [[nodiscard]] static bool may_mount();

 private:
  std::filesystem::path path_;
};

}  // namespace process
