#include "cpu/base/cache_sizes.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace spectral_ops {
namespace {

// As Linux describes the first core's caches; 0 where it does not.
int64_t ReadSysfs(int level) {
  for (int index = 0; index < 8; ++index) {
    const std::string folder =
        "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    int found = 0;
    std::string type;
    int64_t size = 0;
    char unit = 0;
    std::ifstream(folder + "level") >> found;
    std::ifstream(folder + "type") >> type;
    if (found != level || type == "Instruction") continue;
    std::ifstream(folder + "size") >> size >> unit;
    return unit == 'K' ? size << 10 : unit == 'M' ? size << 20 : size;
  }
  return 0;
}

int64_t ReadSystem(int level) {
#if defined(_SC_LEVEL1_DCACHE_SIZE) && defined(_SC_LEVEL2_CACHE_SIZE)
  // Of the third cache glibc may tell all that the processor has, of which a core uses a part.
  const int64_t size = level == 1   ? sysconf(_SC_LEVEL1_DCACHE_SIZE)
                       : level == 2 ? sysconf(_SC_LEVEL2_CACHE_SIZE)
                                    : 0;
  if (size > 0) return size;
#endif
  return ReadSysfs(level);
}

// What no processor has is not believed.
void Read(int level, int64_t least, int64_t most, int64_t* size) {
  const int64_t read = ReadSystem(level);
  if (read >= least && read <= most) *size = read;
}

CacheSizes ReadCaches() {
  CacheSizes sizes;
  Read(1, int64_t{8} << 10, int64_t{1} << 20, &sizes.l1);
  Read(2, int64_t{128} << 10, int64_t{64} << 20, &sizes.l2);
  Read(3, int64_t{1} << 20, int64_t{512} << 20, &sizes.l3);
  return sizes;
}

}  // namespace

const CacheSizes& MachineCaches() {
  static const CacheSizes sizes = ReadCaches();
  return sizes;
}

}  // namespace spectral_ops
