#include "world.h"

#include <utility>

#include <fmt/format.h>

namespace ftpull::crash {

tl::unexpected<Error> violated(std::string what) {
  return fail(ErrorKind::corrupt, std::move(what));
}

World::World(Sender from) : sender(std::move(from)), ledger(sender.size_bytes(), kSegmentBytes) {}

void World::hide_boot_id() {
  boot_id_hidden_ = true;
  disk.reboot(0, {});
}

void World::put_older_target(Bytes bytes) {
  disk.put(kTarget, bytes);
  older_ = std::move(bytes);
}

Result<World::Ending> World::ending(const Status& status) const {
  if (!status && !(disk.crashed() && status.error().kind == ErrorKind::disk)) {
    return violated(describe(status.error()));
  }
  if (status && disk.crashed()) return violated("the crash was not noticed");
  return status ? Ending::completed : Ending::crashed;
}

Status World::kill() {
  disk.kill();
  find_out_what_is_gone();
  return check_target();
}

Status World::cut_power(uint64_t seed, Garbage garbage) {
  ++boots_;
  disk.reboot(seed, boot_id_hidden_ ? "" : fmt::format("boot {}", boots_), garbage);
  ledger.after_power_cut(garbage);
  find_out_what_is_gone();
  return check_target();
}

void World::find_out_what_is_gone() {
  if (finishing_ && disk.contents(store::part_path(kTarget)) == nullptr) ledger.clear();
  finishing_ = false;
}

void World::finished() {
  finishing_ = false;
  finished_ = true;
  ledger.clear();
}

Status World::check_target() const {
  const Bytes* const target = disk.contents(kTarget);
  if (target != nullptr && same_bytes(*target, sender.file())) return {};
  if (!finished_ && !older_ && target == nullptr) return {};
  if (!finished_ && older_ && target != nullptr && *target == *older_) return {};
  return violated(target == nullptr ? "the target is gone" : "a wrong file has the final name");
}

Status World::check_end() const {
  if (auto right = check_target(); !right) return right;
  if (disk.mtime(kTarget) != kMtime) return violated("the target has a wrong time");
  for (const std::string& name : disk.names()) {
    if (name == kTarget) continue;
    const bool set_aside = name.starts_with(std::string(kTarget) + ".part.old-");
    if (!set_aside || !ledger.may_have_lost_journal()) return violated("left over: " + name);
  }
  return {};
}

}  // namespace ftpull::crash
