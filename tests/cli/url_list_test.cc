#include "cli/url_list.h"

#include <sstream>

#include <doctest/doctest.h>

#include "fake_engine.h"
#include "temp_folder.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

Result<std::vector<Download>> plan(const Options& options, const std::string& input = "") {
  std::istringstream in(input);
  return plan_downloads(options, FakeEngine(), in);
}

std::string refused(const Options& options, const std::string& input = "") {
  const auto downloads = plan(options, input);
  REQUIRE_FALSE(downloads);
  CHECK(downloads.error().kind == ErrorKind::usage);
  return describe(downloads.error());
}

Options with_urls(std::vector<std::string> urls) {
  Options options;
  options.words = std::move(urls);
  return options;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a_file_goes_where_its_name_or_the_options_say") {
  Options options = with_urls({"ftp://host/pub/a.gz"});
  CHECK(plan(options)->front().target == "a.gz");
  options.directory = "data/";
  CHECK(plan(options)->front().target == "data/a.gz");
  options.directory.reset();
  options.output = "b.gz";
  CHECK(plan(options)->front().target == "b.gz");
}

TEST_CASE("a_list_has_a_url_a_line_and_comments") {
  Options options = with_urls({"ftp://host/a"});
  options.input_file = "-";
  const auto downloads = plan(options, "# comment\n\n  ftp://host/b \r\n\t\nftp://host/c#1");
  REQUIRE(downloads);
  REQUIRE(downloads->size() == 3);
  CHECK((*downloads)[1].source.shown == "ftp://host/b");
  CHECK((*downloads)[2].target == "c#1");
}

TEST_CASE("a_list_comes_from_a_file_too") {
  const TempFolder folder;
  Options options;
  options.input_file = folder.write("urls.txt", "ftp://host/a\nftp://host/b\n");
  CHECK(plan(options)->size() == 2);
}

TEST_CASE("an_error_in_a_list_names_its_line") {
  Options options;
  options.input_file = "-";
  CHECK(contains(refused(options, "\nftp://host/a\nhttp://host/b\n"),
                 "standard input line 3: not an FTP URL"));
  CHECK(contains(refused(options, "ftp://host/a\nftp://host/b/\n"),
                 "standard input line 2: ftp://host/b/ is a folder"));
  CHECK(contains(refused(options, "ftp://host/a\nftp://other/a\n"),
                 "standard input line 2: ftp://other/a and ftp://host/a would both"));
}

TEST_CASE("a_list_without_urls_or_without_a_file_is_refused") {
  Options options;
  options.input_file = "-";
  CHECK(contains(refused(options, "# nothing\n"), "there is no URL in -"));
  const TempFolder folder;
  options.input_file = folder / "missing";
  CHECK(contains(refused(options), "No such file"));
  options.input_file = folder / "";
  CHECK(contains(refused(options), "cannot read"));
}

TEST_CASE("folders_and_tls_are_refused") {
  CHECK(contains(refused(with_urls({"ftp://host/pub/"})), "ftpull ls ftp://host/pub/"));
  CHECK(contains(refused(with_urls({"ftps://host/a"})), "no TLS yet"));
}

TEST_CASE("names_that_lead_elsewhere_are_refused_unless_another_is_given") {
  for (const char* const name : {"..", ".", "a\nb", "a\x7f", "a\x1b[2J"}) {
    Options options = with_urls({std::string("ftp://host/x/") + name});
    CHECK(contains(refused(options), "-o FILE"));
    options.output = "good";
    CHECK(plan(options)->front().target == "good");
  }
  CHECK(contains(refused(with_urls({"ftp://host/" + std::string(243, 'a')})), "-o FILE"));
  CHECK(plan(with_urls({"ftp://host/" + std::string(242, 'a')})));
}

TEST_CASE("two_files_for_one_name_are_refused") {
  const std::string text = refused(with_urls({"ftp://host/a", "ftp://me:hush@other/x/a"}));
  CHECK(contains(text, "ftp://me@other/x/a and ftp://host/a would both be written to a"));
  CHECK_FALSE(contains(text, "hush"));
}

TEST_CASE("one_output_is_for_one_url_and_no_folder") {
  Options options = with_urls({"ftp://host/a", "ftp://host/b"});
  options.output = "c";
  CHECK(contains(refused(options), "Type -d DIR"));

  const TempFolder folder;
  options = with_urls({"ftp://host/a"});
  options.output = folder / "";
  CHECK(contains(refused(options), "is a folder. Type -d "));
  options.output = "new/";
  CHECK(contains(refused(options), "is a folder"));
}

TEST_CASE("a_folder_is_made_with_those_above_it") {
  const TempFolder folder;
  CHECK(prepare_folder(folder / "new/"));
  CHECK(std::filesystem::is_directory(folder / "new"));
  CHECK(prepare_folder(folder / "new"));
  CHECK(prepare_folder(folder / "a/b/c/"));
  CHECK(std::filesystem::is_directory(folder / "a/b/c"));
}

TEST_CASE("a_file_in_place_of_the_folder_is_an_error") {
  const TempFolder folder;
  CHECK_FALSE(prepare_folder(folder.write("file", "")));
  const Status status = prepare_folder(folder / "file/deeper");
  REQUIRE_FALSE(status);
  CHECK(status.error().kind == ErrorKind::disk);
}
