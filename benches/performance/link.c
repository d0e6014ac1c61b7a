/* A link with a delay: link MILLISECONDS PROGRAM [ARGUMENT...] becomes the program on a machine that has a TUN device named
 * "far". Each packet that is sent into the device comes back out of it after the delay, its two addresses exchanged. So who
 * connects to the other address of the link reaches what listens on this one, and each packet of both is late. The sums in
 * the headers of IP and TCP stay right: they do not depend on the order of the addresses. Nothing is lost, and the link is
 * as wide as it can be.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { PACKETS = 1024, MTU = 1500, SOURCE = 12, DESTINATION = 16 };

static struct {
    long long due;
    ssize_t length;
    unsigned char bytes[MTU];
} queue[PACKETS];

static long long nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void exchange(unsigned char *packet)
{
    unsigned char source[4];
    memcpy(source, packet + SOURCE, 4);
    memcpy(packet + SOURCE, packet + DESTINATION, 4);
    memcpy(packet + DESTINATION, source, 4);
}

static void delay(int device, long long delay)
{
    unsigned first = 0, end = 0;
    for (;;) {
        struct pollfd ready = {.fd = device, .events = end - first < PACKETS ? POLLIN : 0};
        long long left = first == end ? 0 : queue[first % PACKETS].due - nanoseconds();
        struct timespec wait = {.tv_sec = left > 0 ? left / 1000000000 : 0, .tv_nsec = left > 0 ? left % 1000000000 : 0};
        if (ppoll(&ready, 1, first == end ? NULL : &wait, NULL) == 1) {
            unsigned char *packet = queue[end % PACKETS].bytes;
            ssize_t length = read(device, packet, MTU);
            /* IPv6 says who is there; nobody is. */
            if (length >= 20 && packet[0] >> 4 == 4) {
                exchange(packet);
                queue[end % PACKETS].length = length;
                queue[end++ % PACKETS].due = nanoseconds() + delay;
            }
        }
        for (; first != end && queue[first % PACKETS].due <= nanoseconds(); first++)
            if (write(device, queue[first % PACKETS].bytes, (size_t)queue[first % PACKETS].length) < 0)
                _exit(1);
    }
}

int main(int count, char **arguments)
{
    struct ifreq far = {.ifr_name = "far", .ifr_flags = IFF_TUN | IFF_NO_PI};
    pid_t program = getpid();
    int device = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

    if (count < 3 || device < 0 || ioctl(device, TUNSETIFF, &far) != 0)
        return 1;
    switch (fork()) {
    case -1:
        return 1;
    case 0:
        /* Ends with the program. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == program)
            delay(device, atoll(arguments[1]) * 1000000);
        return 0;
    default:
        execvp(arguments[2], arguments + 2);
        return 127;
    }
}
