#include "cli/log.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/ostream_sink.h>

#include "core/text.h"

namespace ftpull::cli {
namespace {

spdlog::level::level_enum spdlog_level(MessageLevel level) {
  switch (level) {
    case MessageLevel::trace:
      return spdlog::level::trace;
    case MessageLevel::info:
      return spdlog::level::info;
    case MessageLevel::warning:
      return spdlog::level::warn;
  }
  return spdlog::level::info;
}

spdlog::string_view_t as_spdlog(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

Result<Log> Log::open(const Options& options, Console& console) {
  Log log;
  if (options.verbose) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(console.err, true);
    log.screen_ = std::make_shared<spdlog::logger>("screen", std::move(sink));
    log.screen_->set_pattern("%H:%M:%S.%e %l %v");
    log.screen_->set_level(spdlog::level::trace);
  }
  if (!options.log_file) return log;
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(*options.log_file);
    log.file_ = std::make_shared<spdlog::logger>("file", std::move(sink));
  } catch (const spdlog::spdlog_ex& error) {
    return fail(ErrorKind::disk,
                fmt::format("cannot write --log-file {}: {}", for_display(*options.log_file),
                            for_display(error.what())),
                {}, "Name a file in a folder that you may write to");
  }
  log.file_->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  log.file_->set_level(options.verbose ? spdlog::level::trace : spdlog::level::info);
  // What led to a crash or a kill must be in the file.
  log.file_->flush_on(spdlog::level::trace);
  return log;
}

void Log::show(MessageLevel level, std::string_view text) {
  if (screen_ != nullptr && level != MessageLevel::warning) {
    screen_->log(spdlog_level(level), as_spdlog(text));
  }
}

void Log::record(MessageLevel level, std::string_view text) {
  if (file_ != nullptr) file_->log(spdlog_level(level), as_spdlog(text));
}

}  // namespace ftpull::cli
