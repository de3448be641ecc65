// What a server may still send for a transfer that was stopped early, before it answers anything
// else.
#pragma once

namespace ftpull::ftp {

/// 150, 426 and then 226 is the most that any known server sends (QUIRKS D3 to D6, D9).
inline constexpr int kMostOwedReplies = 3;

}  // namespace ftpull::ftp
