#include "script.h"

#include <algorithm>

#include <fmt/format.h>

namespace ftpull::test_server {
namespace {

const char* const kMatchKeys[] = {"on",    "session", "nth",  "nth_of_session",
                                  "times", "path",    "rest", "rang"};

void read_data_faults(Fields& fields, DataFaults& data) {
  fields.number("cut_after", data.cut_after);
  fields.number("cut_at", data.cut_at);
  fields.flag("cut_with_rst", data.cut_with_rst);
  fields.number("stall_after", data.stall_after);
  fields.number("stall_at", data.stall_at);
  fields.number("stall_ms", data.stall_ms);
  fields.number("garbage_from", data.garbage_from);
  fields.number("extra_bytes", data.extra_bytes);
  fields.number("rate", data.rate);
}

Result<Behaviour> read_behaviour(const nlohmann::json& object) {
  Behaviour to;
  Fields fields(object);
  fields.number("delay_ms", to.delay_ms);
  fields.line("before", to.before);
  fields.line("reply", to.reply);
  fields.line("after", to.after);
  fields.flag("silent", to.silent);
  fields.flag("perform", to.perform);
  fields.number("bytewise_ms", to.bytewise_ms);
  std::string flood;
  fields.text("flood", flood);
  if (!flood.empty()) to.flood = flood;
  fields.closing("close_before", to.close_before);
  fields.closing("close_after", to.close_after);
  std::string pasv_host;
  fields.text("pasv_host", pasv_host);
  if (!pasv_host.empty()) to.pasv_host = pasv_host;
  fields.flag("dead_port", to.dead_port);
  fields.number("accept_delay_ms", to.accept_delay_ms);
  fields.number("file_size", to.file_size);
  fields.optional_texts("listing", to.listing);
  fields.number("listing_count", to.listing_count);
  fields.flag("rest_ignored", to.rest_ignored);
  fields.flag("rest_kept", to.rest_kept);
  fields.flag("rang_overshoots", to.rang_overshoots);
  fields.signed_number("rest_shift", to.rest_shift);
  fields.number("rest_modulo", to.rest_modulo);
  fields.line("start_reply", to.start_reply);
  fields.line("end_reply", to.end_reply);
  fields.line("abort_reply", to.abort_reply);
  fields.closing("abort_close", to.abort_close);
  fields.flag("end_first", to.end_first);
  fields.number("end_delay_ms", to.end_delay_ms);
  read_data_faults(fields, to.data);
  if (auto status = fields.finish(); !status) return tl::unexpected(status.error());
  return to;
}

void read_mid_transfer(Fields& fields, Settings& to) {
  std::string what;
  fields.text("mid_transfer", what);
  if (what.empty()) return;
  if (what == "discard") {
    to.mid_transfer = MidTransfer::discard;
  } else if (what == "overtake") {
    to.mid_transfer = MidTransfer::overtake;
  } else {
    to.mid_transfer = MidTransfer::refuse;
    to.mid_transfer_reply = what + "\r\n";
  }
}

Result<Settings> read_settings(const nlohmann::json& object) {
  Settings to;
  Fields fields(object);
  fields.known("rules");
  fields.text("user", to.user);
  fields.text("password", to.password);
  fields.text("account", to.account);
  fields.number("max_sessions", to.max_sessions);
  fields.flag("max_sessions_at_login", to.max_sessions_at_login);
  fields.line("max_sessions_reply", to.max_sessions_reply);
  fields.number("max_transfers", to.max_transfers);
  fields.line("max_transfers_reply", to.max_transfers_reply);
  fields.number("rate", to.rate);
  fields.lines("features", to.features);
  fields.flag("abor_waits", to.abor_waits);
  read_mid_transfer(fields, to);
  if (auto status = fields.finish(); !status) return tl::unexpected(status.error());
  return to;
}

}  // namespace

Result<Script::Rule> Script::parse_rule(const nlohmann::json& object) {
  if (!object.is_object()) return fail(ErrorKind::usage, "script: a rule must be an object");
  nlohmann::json match = nlohmann::json::object();
  Rule rule;
  rule.behaviour = object;
  for (const char* key : kMatchKeys) {
    if (!object.contains(key)) continue;
    match[key] = object[key];
    rule.behaviour.erase(key);
  }
  Fields fields(match);
  fields.texts("on", rule.verbs);
  fields.interval("session", rule.session);
  fields.interval("nth", rule.nth);
  fields.interval("nth_of_session", rule.nth_of_session);
  fields.number("times", rule.times);
  fields.text("path", rule.path);
  fields.flag("rest", rule.has_offset);
  fields.flag("rang", rule.has_end);
  if (auto status = fields.finish(); !status) return tl::unexpected(status.error());
  if (rule.verbs.empty()) return fail(ErrorKind::usage, "script: a rule needs \"on\"");
  if (auto behaviour = read_behaviour(rule.behaviour); !behaviour) {
    return tl::unexpected(behaviour.error());
  }
  return rule;
}

Result<Script> Script::parse(std::string_view text) {
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(ErrorKind::usage, "script: this is not JSON");
  auto settings = read_settings(json);
  if (!settings) return tl::unexpected(settings.error());
  Script script;
  script.settings_ = *settings;
  for (const auto& object : json.value("rules", nlohmann::json::array())) {
    auto rule = parse_rule(object);
    if (!rule) return tl::unexpected(rule.error());
    script.rules_.push_back(std::move(*rule));
  }
  return script;
}

bool Script::Rule::concerns(const Event& event) const {
  bool named = std::any_of(verbs.begin(), verbs.end(), [&](const std::string& verb) {
    return verb == event.verb || (verb == "*" && event.verb != "greeting");
  });
  return named && session.contains(static_cast<uint64_t>(event.session)) &&
         (path.empty() || path == event.path) && (!has_offset || *has_offset == event.has_offset) &&
         (!has_end || *has_end == event.has_end);
}

bool Script::Rule::fires() {
  return fired < times && ++fired > 0;
}

Behaviour Script::on(const Event& event) {
  if (rules_.empty()) return {};
  nlohmann::json all = nlohmann::json::object();
  for (Rule& rule : rules_) {
    if (!rule.concerns(event)) continue;
    bool due = rule.nth.contains(++rule.seen);
    due = rule.nth_of_session.contains(++rule.seen_of_session[event.session]) && due;
    if (!due || !rule.fires()) continue;
    for (const auto& [key, value] : rule.behaviour.items()) {
      if (!all.contains(key)) all[key] = value;
    }
  }
  return *read_behaviour(all);
}

}  // namespace ftpull::test_server
