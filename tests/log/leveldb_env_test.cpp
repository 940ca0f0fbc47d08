#include "log/leveldb_env.hpp"

#include "tests/log/disks.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <memory>

namespace hansard {
namespace {

std::string content(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::unique_ptr<leveldb::WritableFile> create(LevelDbEnv& env, const std::string& name) {
  leveldb::WritableFile* file = nullptr;
  REQUIRE(env.NewWritableFile(name, &file).ok());
  return std::unique_ptr<leveldb::WritableFile>(file);
}

TEST_CASE("leveldb env: held bytes reach the file with a sync or at the close") {
  const TemporaryDirectory directory;
  LevelDbEnv env(nullptr, true);
  const std::string name = path_in(directory.path(), "f");
  {
    const auto file = create(env, name);
    REQUIRE(file->Append("one").ok());
    REQUIRE(file->Flush().ok());
    CHECK(content(name).empty());
    REQUIRE(file->Sync().ok());
    CHECK(content(name) == "one");
    REQUIRE(file->Append("two").ok());
    REQUIRE(file->Flush().ok());
    CHECK(content(name) == "one");
    REQUIRE(file->Close().ok());
    CHECK(content(name) == "onetwo");
  }
  const auto file = create(env, name);
  REQUIRE(file->Append("three").ok());
}

TEST_CASE("leveldb env: a write-ahead log has room ahead until it is closed") {
  const TemporaryDirectory directory;
  LevelDbEnv env(nullptr, false);
  const std::string name = path_in(directory.path(), "000003.log");
  const auto file = create(env, name);
  std::string all;
  for (const std::size_t size : {10U, 5000U, 16'384U, 400'000U, 7U, 100'000U, 1U}) {
    const std::string group(size, static_cast<char>('a' + size % 26));
    REQUIRE(file->Append(group).ok());
    REQUIRE(file->Flush().ok());
    REQUIRE(file->Sync().ok());
    all += group;
    const std::string held = content(name);
    CHECK(held.substr(0, all.size()) == all);
    CHECK(held.find_first_not_of('\0', all.size()) == std::string::npos);
    if (size < 5000) CHECK(held.size() > all.size());
  }
  REQUIRE(file->Append("not synced").ok());
  REQUIRE(file->Close().ok());
  CHECK(content(name) == all + "not synced");
}

TEST_CASE("leveldb env: syncs are counted") {
  const TemporaryDirectory directory;
  LevelDbEnv env(nullptr, false);
  const auto file = create(env, path_in(directory.path(), "f"));
  REQUIRE(file->Append("one").ok());
  REQUIRE(file->Sync().ok());
  REQUIRE(file->Sync().ok());
  CHECK(env.syncs() == 2);
}

TEST_CASE("leveldb env: a lock taken before is handed over once") {
  const TemporaryDirectory directory;
  LevelDbEnv env(nullptr, false);
  LevelDbEnv other(nullptr, false);
  REQUIRE(env.lock_directory(directory.path()).ok());
  CHECK_FALSE(other.lock_directory(directory.path()).ok());
  leveldb::FileLock* lock = nullptr;
  const std::string name = path_in(directory.path(), "LOCK");
  REQUIRE(env.LockFile(name, &lock).ok());
  leveldb::FileLock* second = nullptr;
  CHECK_FALSE(env.LockFile(name, &second).ok());
  REQUIRE(env.UnlockFile(lock).ok());
  CHECK(other.lock_directory(directory.path()).ok());
}

TEST_CASE("leveldb env: a lock that nobody asked for is released") {
  const TemporaryDirectory directory;
  { REQUIRE(LevelDbEnv(nullptr, false).lock_directory(directory.path()).ok()); }
  CHECK(LevelDbEnv(nullptr, false).lock_directory(directory.path()).ok());
}

TEST_CASE("leveldb env: remembers which files this thread read last") {
  const TemporaryDirectory directory;
  LevelDbEnv env(nullptr, false);
  std::vector<std::unique_ptr<leveldb::RandomAccessFile>> files;
  for (const char* name : {"a", "b", "c"}) {
    const auto written = create(env, path_in(directory.path(), name));
    REQUIRE(written->Append("0123456789").ok());
    REQUIRE(written->Close().ok());
    leveldb::RandomAccessFile* file = nullptr;
    REQUIRE(env.NewRandomAccessFile(path_in(directory.path(), name), &file).ok());
    files.emplace_back(file);
  }
  std::string buffer(100, '\0');
  leveldb::Slice read;
  for (const std::size_t i : {0U, 1U, 1U, 2U, 0U}) {
    REQUIRE(files[i]->Read(4, 100, &read, buffer.data()).ok());
    CHECK(read.ToString() == "456789");
  }
  const auto recent = LevelDbEnv::recently_read(directory.path());
  REQUIRE(recent.size() == 3);
  CHECK(recent[0] == path_in(directory.path(), "a"));
  CHECK(recent[1] == path_in(directory.path(), "c"));
  CHECK(recent[2] == path_in(directory.path(), "b"));
  CHECK(LevelDbEnv::recently_read("/elsewhere").empty());
}

TEST_CASE("leveldb env: what LevelDB says becomes a code") {
  using leveldb::Status;
  CHECK(to_error(Status::IOError("f", "No space left on device"), "d").code == Errc::no_space);
  CHECK(to_error(Status::IOError("f", "Input/output error"), "d").code == Errc::io);
  CHECK(to_error(Status::Corruption("f", "bad"), "d").code == Errc::corrupt);
  CHECK(to_error(Status::IOError("f", "gone"), "d").what == "d: IO error: f: gone");
}

}  // namespace
}  // namespace hansard
