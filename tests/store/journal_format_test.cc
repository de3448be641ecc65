#include "store/journal_format.h"

#include <bit>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>
#include <xxhash.h>

using namespace ftpull;
using namespace ftpull::store;

namespace {

Header a_header() {
  return {{"ftp://host/dir/file", 123'456'789, "20260102030405.678"}, kMinSegmentBytes, 1'767'322};
}

/// Calls `check` with the image once for each of its first `count` bytes flipped.
template <class Image, class Check>
void for_each_flipped(Image image, size_t count, Check check) {
  for (size_t i = 0; i < count; ++i) {
    CAPTURE(i);
    image[i] ^= std::byte{0x10};
    check(image);
    image[i] ^= std::byte{0x10};
  }
}

}  // namespace

TEST_CASE("a_header_comes_back_as_it_was") {
  const Header header = a_header();
  const auto image = encode_header(header);
  REQUIRE(image);
  const auto decoded = decode_header(*image);
  REQUIRE(decoded);
  CHECK(decoded->identity == header.identity);
  CHECK(decoded->segment_bytes == header.segment_bytes);
  CHECK(decoded->created_unix == header.created_unix);
}

TEST_CASE("a_header_without_size_and_mdtm_comes_back_as_it_was") {
  const Header header{{"ftp://host/f", std::nullopt, ""}, kMaxSegmentBytes, -1};
  const auto decoded = decode_header(*encode_header(header));
  REQUIRE(decoded);
  CHECK(decoded->identity == header.identity);
  CHECK(decoded->created_unix == -1);
  CHECK(decoded->segments() == 0);
  CHECK(decoded->journal_bytes() == kCheckpointsOffset + 2 * kTailsBytes);
}

TEST_CASE("a_header_with_any_byte_flipped_is_refused") {
  for_each_flipped(*encode_header(a_header()), kHeaderBytes, [](const HeaderImage& image) {
    const auto decoded = decode_header(image);
    REQUIRE_FALSE(decoded);
    REQUIRE(decoded.error().kind == ErrorKind::corrupt);
  });
}

TEST_CASE("a_header_that_is_sound_but_impossible_is_refused") {
  struct Field {
    size_t place;
    uint64_t value;
    const char* why;
  };
  constexpr Field kFields[] = {{8, 1, "another version"},
                               {16, UINT64_MAX - 1, "impossible file size"},
                               {24, 0, "impossible segment size"},
                               {24, kMinSegmentBytes + 1, "impossible segment size"},
                               {40, UINT64_MAX, "impossible lengths"},
                               {48, kHeaderBytes - 64 - 8, "impossible lengths"},
                               {48, UINT64_MAX, "impossible lengths"}};
  for (const Field& field : kFields) {
    CAPTURE(field.place);
    CAPTURE(field.value);
    HeaderImage image = *encode_header(a_header());
    put_u64(&image[field.place], field.value);
    const uint64_t check = XXH3_64bits(image.data(), kHeaderBytes - 8);
    put_u64(&image[kHeaderBytes - 8], stored_digest(check));
    const auto decoded = decode_header(image);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().kind == ErrorKind::corrupt);
    CHECK(decoded.error().message.find(field.why) != std::string::npos);
  }
}

TEST_CASE("a_header_that_is_cut_short_is_refused") {
  const auto image = encode_header(a_header());
  for (const size_t length : {size_t{0}, size_t{7}, size_t{64}, size_t{kHeaderBytes - 1}}) {
    CHECK_FALSE(decode_header(std::span(*image).first(length)));
  }
}

TEST_CASE("zero_is_never_valid") {
  CHECK_FALSE(decode_header(HeaderImage{}));
  CHECK(decode_boot(BootImage{}).empty());
  CHECK_FALSE(decode_slot(0, SlotImage{}));
  CHECK_FALSE(page_is_sound(0, PageImage{}));
  CHECK(stored_digest(0) != 0);
  CHECK(stored_digest(3) != 0);
  CHECK(stored_digest(76) == 76);
  CHECK((stored_digest(79) & kDigestFlags) == 0);
}

TEST_CASE("a_url_that_does_not_fit_is_refused_at_the_first_byte_too_many") {
  Header header = a_header();
  const size_t room = kHeaderBytes - 8 - 64 - header.identity.mdtm.size();
  header.identity.url.assign(room, 'u');
  const auto fits = encode_header(header);
  REQUIRE(fits);
  CHECK(decode_header(*fits)->identity.url == header.identity.url);
  header.identity.url += 'u';
  const auto refused = encode_header(header);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::usage);
}

TEST_CASE("a_file_over_256_tib_is_refused") {
  Header header = a_header();
  header.segment_bytes = kMaxSegmentBytes;
  header.identity.size_bytes = uint64_t{256} << 40;
  CHECK(encode_header(header));
  *header.identity.size_bytes += 1;
  const auto refused = encode_header(header);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::usage);
  header.identity.size_bytes = UINT64_MAX;
  CHECK_FALSE(encode_header(header));
}

TEST_CASE("a_segment_size_that_could_not_be_read_back_is_not_written") {
  Header header = a_header();
  for (const uint64_t bytes : {uint64_t{0}, kMinSegmentBytes / 2, kMinSegmentBytes + 1,
                               3 * kMinSegmentBytes, 2 * kMaxSegmentBytes}) {
    CAPTURE(bytes);
    header.segment_bytes = bytes;
    const auto refused = encode_header(header);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::usage);
  }
}

TEST_CASE("a_boot_record_comes_back_as_it_was") {
  CHECK(decode_boot(encode_boot("0b5e5a30-92c4-4d6f-8d43-1c1f9f4a3a52")) ==
        "0b5e5a30-92c4-4d6f-8d43-1c1f9f4a3a52");
  CHECK(decode_boot(encode_boot("")).empty());
  CHECK(decode_boot(encode_boot(std::string(1000, 'b'))) == std::string(kBootBytes / 2, 'b'));
}

TEST_CASE("a_boot_record_with_any_byte_flipped_is_empty") {
  for_each_flipped(encode_boot("boot"), kBootBytes,
                   [](const BootImage& image) { REQUIRE(decode_boot(image).empty()); });
}

TEST_CASE("a_slot_comes_back_as_it_was") {
  const auto tail = decode_slot(5, encode_slot(5, {0, 17, 99}));
  REQUIRE(tail);
  CHECK(tail->segment == 0);
  CHECK(tail->bytes == 17);
  CHECK(tail->digest == 99);
}

TEST_CASE("a_slot_with_any_byte_flipped_disappears") {
  constexpr size_t kUsedBytes = 32;
  for_each_flipped(encode_slot(5, {3, 17, 99}), kUsedBytes,
                   [](const SlotImage& image) { REQUIRE_FALSE(decode_slot(5, image)); });
}

TEST_CASE("a_slot_copied_to_another_place_is_not_taken") {
  const SlotImage image = encode_slot(5, {3, 17, 99});
  for (uint64_t slot = 0; slot < kSlots; ++slot) {
    CAPTURE(slot);
    CHECK(decode_slot(slot, image).has_value() == (slot == 5));
  }
}

TEST_CASE("a_slot_that_holds_no_bytes_is_not_taken") {
  CHECK_FALSE(decode_slot(0, encode_slot(0, {3, 0, 99})));
}

TEST_CASE("a_bitmap_page_with_any_byte_flipped_is_not_sound") {
  PageImage page{};
  page[17] = std::byte{0x80};
  seal_page(2, page);
  CHECK(page_is_sound(2, page));
  for_each_flipped(page, kPageBytes,
                   [](const PageImage& image) { REQUIRE_FALSE(page_is_sound(2, image)); });
}

TEST_CASE("a_bitmap_page_at_the_place_of_another_is_not_sound") {
  PageImage page{};
  seal_page(2, page);
  CHECK_FALSE(page_is_sound(0, page));
  CHECK_FALSE(page_is_sound(3, page));
}

TEST_CASE("numbers_are_little_endian") {
  std::array<std::byte, 8> image{};
  put_u64(image.data(), 0x0102030405060708);
  CHECK(image[0] == std::byte{8});
  CHECK(image[7] == std::byte{1});
  CHECK(get_u64(image.data()) == 0x0102030405060708);
}

TEST_CASE("segments_and_pages_are_rounded_up") {
  Header header = a_header();
  header.identity.size_bytes = kMinSegmentBytes * kSegmentsPerPage;
  CHECK(header.segments() == kSegmentsPerPage);
  CHECK(header.bitmap_pages() == 1);
  *header.identity.size_bytes += 1;
  CHECK(header.segments() == kSegmentsPerPage + 1);
  CHECK(header.bitmap_pages() == 2);
  CHECK(header.journal_bytes() == kCheckpointsOffset + 2 * (kTailsBytes + 2 * kPageBytes) +
                                      8 * (uint64_t{kSegmentsPerPage} + 1));
}

TEST_CASE("the_segment_size_keeps_a_file_under_8192_segments_within_its_bounds") {
  CHECK(choose_segment_bytes(0) == kMinSegmentBytes);
  CHECK(choose_segment_bytes(uint64_t{1} << 30) == kMinSegmentBytes);
  CHECK(choose_segment_bytes(uint64_t{100} << 30) == kMaxSegmentBytes);
  CHECK(choose_segment_bytes(uint64_t{256} << 40) == kMaxSegmentBytes);
  CHECK(choose_segment_bytes(UINT64_MAX) == kMaxSegmentBytes);
  for (uint64_t size = 1; size < (uint64_t{128} << 30); size = size * 5 / 3 + 1) {
    CAPTURE(size);
    const uint64_t segment = choose_segment_bytes(size);
    REQUIRE(std::has_single_bit(segment));
    REQUIRE(size / segment < 8192);
    REQUIRE((segment == kMinSegmentBytes || size / (segment / 2) >= 8192));
  }
}
