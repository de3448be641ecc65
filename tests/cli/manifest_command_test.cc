#include "cli/manifest_command.h"

#include <doctest/doctest.h>

#include "fake_engine.h"
#include "temp_folder.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

FakeEngine with_faults() {
  FakeEngine engine;
  engine.manifest = [](const auto& found) -> Result<ManifestVerdict> {
    found({"a/b.txt", ManifestFault::Kind::missing});
    found({"\x1b", ManifestFault::Kind::other_size});
    found({"c", ManifestFault::Kind::other_content});
    found({"d", ManifestFault::Kind::unreadable});
    return ManifestVerdict{.files = 123, .bytes = 99, .without_digest = 0, .faults = 4};
  };
  return engine;
}

FakeEngine without_faults() {
  FakeEngine engine;
  engine.manifest = [](const auto&) -> Result<ManifestVerdict> {
    return ManifestVerdict{.files = 123, .bytes = 99, .without_digest = 0, .faults = 0};
  };
  return engine;
}

}  // namespace

TEST_CASE("a_folder_that_is_as_its_manifest_says_is_good") {
  const FakeEngine engine = without_faults();
  const RunResult result = run_program({"verify", "--manifest", "m", "dir"}, engine);
  CHECK(result.code == 0);
  CHECK(result.out.empty());
  CHECK(result.err == "all 123 files are as the manifest says\n");
  REQUIRE(engine.compared.size() == 1);
  CHECK(engine.compared[0].first == "m");
  CHECK(engine.compared[0].second == "dir");
  CHECK(run_program({"verify", "-q", "--manifest", "m", "dir"}, engine).err.empty());
}

TEST_CASE("each_fault_is_named_and_the_folder_is_bad") {
  const TempFolder temporary;
  const RunResult result = run_program(
      {"verify", "-q", "--log-file", temporary / "log", "--manifest", "m", "dir"}, with_faults());
  CHECK(result.code == 7);
  CHECK(result.err ==
        "ftpull: a/b.txt: missing\nftpull: \\x1b: has another size\nftpull: c: has other content\n"
        "ftpull: d: cannot be read\nftpull: 4 of 123 files are not as the manifest says\n");
  CHECK(temporary.read("log").find(" warning c: has other content\n") != std::string::npos);
}

TEST_CASE("programs_get_an_object_a_fault_and_a_summary") {
  const RunResult bad = run_program({"verify", "--json", "--manifest=m", "dir"}, with_faults());
  CHECK(bad.code == 7);
  CHECK(bad.out ==
        R"({"path":"a/b.txt","fault":"missing"})"
        "\n"
        R"({"path":"\u001b","fault":"other_size"})"
        "\n"
        R"({"path":"c","fault":"other_content"})"
        "\n"
        R"({"path":"d","fault":"unreadable"})"
        "\n"
        R"({"summary":true,"manifest":"m","dir":"dir","ok":false,"files":123,"bytes":99,)"
        R"("without_digest":0,"faults":4,"error":null})"
        "\n");
  const RunResult good = run_program({"verify", "--json", "--manifest=m", "dir"}, without_faults());
  CHECK(good.code == 0);
  CHECK(good.err.empty());
  CHECK(good.out.find(R"("ok":true)") != std::string::npos);
}

TEST_CASE("a_manifest_that_is_not_there_is_no_verdict") {
  const RunResult result = run_program({"verify", "--json", "--manifest=m", "dir"}, FakeEngine());
  CHECK(result.code == 5);
  CHECK(result.err == "ftpull: m is not there\n");
  CHECK(result.out.find(R"("ok":false,"files":0)") != std::string::npos);
  CHECK(result.out.find(R"("error":{"kind":"not_found")") != std::string::npos);
}
