#include "tests/process/small_disk.hpp"

#include "tests/process/child.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace process {

namespace {

bool mounts(const std::filesystem::path& path, std::size_t megabytes) {
  const std::string options = "size=" + std::to_string(megabytes) + "m";
  return ::mount("tmpfs", path.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

bool try_it() {
  const std::filesystem::path path = folder() / "try";
  std::filesystem::create_directories(path);
  if (!mounts(path, 1)) return false;
  ::umount2(path.c_str(), MNT_DETACH);
  return true;
}

}  // namespace

bool SmallDisk::may_mount() {
  if (try_it()) return true;
  const auto user = std::to_string(::getuid());
  const auto group = std::to_string(::getgid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << "0 " + user + " 1";
  std::ofstream("/proc/self/gid_map") << "0 " + group + " 1";
  return try_it();
}

SmallDisk::SmallDisk(const std::string& name, std::size_t megabytes) : path_(folder() / name) {
  std::filesystem::create_directories(path_);
  REQUIRE(mounts(path_, megabytes));
}

SmallDisk::~SmallDisk() { ::umount2(path_.c_str(), MNT_DETACH); }

}  // namespace process
