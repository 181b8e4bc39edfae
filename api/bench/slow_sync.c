/* A disk that takes longer to acknowledge: every sync waits before it is made for real.
   Built with -DDELAY_NS=…; loaded with LD_PRELOAD into the process whose syncs are to be slow. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

long ledger_sync_delay_ns(void) { return DELAY_NS; }

static void wait_for_disk(void)
{
    struct timespec left = {DELAY_NS / 1000000000L, DELAY_NS % 1000000000L};
    while (nanosleep(&left, &left) != 0)
        ;
}

int fsync(int file)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_for_disk();
    return real(file);
}

int fdatasync(int file)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_for_disk();
    return real(file);
}
