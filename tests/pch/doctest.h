// Precompiled for the build's speed only, see src/pch/common.h.
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <tl/expected.hpp>
