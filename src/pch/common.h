// Precompiled for the build's speed only: a file includes what it uses as if this did not exist,
// and scripts/lint, which builds without it, proves that.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <tl/expected.hpp>
