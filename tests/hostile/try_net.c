/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries at the network and at other processes' sockets; each sends its number. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "hostile/hostile.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif

static char word[32];

static size_t speak(int id)
{
	return (size_t)snprintf(word, sizeof(word), "hostile %d\n", id);
}

static struct sockaddr_in v4(long port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return to;
}

static struct sockaddr_in6 v6(long port)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	to.sin6_addr = in6addr_loopback;
	return to;
}

/* --- streams --- */

static int call(int fd, const void *to, size_t to_size, int id)
{
	if (fd < 0 || connect(fd, to, (socklen_t)to_size) < 0)
		return errno;
	return result(send(fd, word, speak(id), MSG_NOSIGNAL));
}

static int tcp4(const struct room *r, int id)
{
	const struct sockaddr_in to = v4(r->tcp4);
	return call(socket(AF_INET, SOCK_STREAM, 0), &to, sizeof(to), id);
}

static int tcp6(const struct room *r, int id)
{
	const struct sockaddr_in6 to = v6(r->tcp6);
	return call(socket(AF_INET6, SOCK_STREAM, 0), &to, sizeof(to), id);
}

static int mptcp(const struct room *r, int id)
{
	const struct sockaddr_in to = v4(r->mptcp);
	return call(socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), &to, sizeof(to), id);
}

static int tcp_by_shell(const struct room *r, int id)
{
	return system(path_of("exec bash -c 'echo hostile %d >/dev/tcp/127.0.0.1/%ld' 2>/dev/null",
		       id, r->tcp4)) == 0 ? 0 : EPERM;
}

/* --- TCP Fast Open: a connection without connect --- */

static int fast_sendto(const struct room *r, int id)
{
	const struct sockaddr_in to = v4(r->tcp4);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	return fd < 0 ? errno : result(sendto(fd, word, speak(id), MSG_FASTOPEN,
					(const struct sockaddr *)&to, sizeof(to)));
}

static struct msghdr message_to(void *to, size_t to_size, struct iovec *text, int id)
{
	text->iov_base = word;
	text->iov_len = speak(id);
	return (struct msghdr){.msg_name = to,
		.msg_namelen = (socklen_t)to_size,
		.msg_iov = text,
		.msg_iovlen = 1};
}

static int fast_sendmsg(const struct room *r, int id)
{
	struct sockaddr_in to = v4(r->tcp4);
	struct iovec text;
	const struct msghdr message = message_to(&to, sizeof(to), &text, id);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	return fd < 0 ? errno : result(sendmsg(fd, &message, MSG_FASTOPEN));
}

static int fast_sendmmsg(const struct room *r, int id)
{
	struct sockaddr_in to = v4(r->tcp4);
	struct iovec text;
	struct mmsghdr messages = {message_to(&to, sizeof(to), &text, id), 0};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	return fd < 0 ? errno : result(sendmmsg(fd, &messages, 1, MSG_FASTOPEN));
}

static int fast_connect(const struct room *r, int id)
{
	const struct sockaddr_in to = v4(r->tcp4);
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on));
	return call(fd, &to, sizeof(to), id);
}

/* --- datagrams --- */

static int udp4(const struct room *r, int id)
{
	const struct sockaddr_in to = v4(r->udp4);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	return fd < 0 ? errno : result(sendto(fd, word, speak(id), 0,
					(const struct sockaddr *)&to, sizeof(to)));
}

static int udp6(const struct room *r, int id)
{
	const struct sockaddr_in6 to = v6(r->udp6);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	return fd < 0 ? errno : result(sendto(fd, word, speak(id), 0,
					(const struct sockaddr *)&to, sizeof(to)));
}

static int udp_connected(const struct room *r, int id)
{
	const struct sockaddr_in to = v4(r->udp4);
	return call(socket(AF_INET, SOCK_DGRAM, 0), &to, sizeof(to), id);
}

static int udp_sendmsg(const struct room *r, int id)
{
	struct sockaddr_in to = v4(r->udp4);
	struct iovec text;
	const struct msghdr message = message_to(&to, sizeof(to), &text, id);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	return fd < 0 ? errno : result(sendmsg(fd, &message, 0));
}

static int udp_sendmmsg(const struct room *r, int id)
{
	struct sockaddr_in to = v4(r->udp4);
	struct iovec text;
	struct mmsghdr messages = {message_to(&to, sizeof(to), &text, id), 0};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	return fd < 0 ? errno : result(sendmmsg(fd, &messages, 1, 0));
}

/* --- frames and raw packets: a UDP datagram made by hand --- */

struct datagram {
	uint8_t ip[20];
	uint8_t udp[8];
	char text[32];
};

static size_t make_datagram(struct datagram *d, long port, int id)
{
	const size_t n = speak(id);
	const size_t total = 28 + n;
	uint32_t sum = 0;
	static const uint8_t head[20] = {0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1,
		127, 0, 0, 1};
	memcpy(d->ip, head, sizeof(head));
	d->ip[3] = (uint8_t)total;
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)d->ip[i] << 8 | d->ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	d->ip[10] = (uint8_t)(~sum >> 8);
	d->ip[11] = (uint8_t)~sum;
	memset(d->udp, 0, sizeof(d->udp));
	d->udp[0] = 0x30;
	d->udp[2] = (uint8_t)(port >> 8);
	d->udp[3] = (uint8_t)port;
	d->udp[5] = (uint8_t)(8 + n);
	memcpy(d->text, word, n);
	return total;
}

static int packet(const struct room *r, int id)
{
	struct datagram d;
	const size_t n = make_datagram(&d, r->udp4, id);
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE_IP),
		.sll_ifindex = (int)if_nametoindex("lo"),
		.sll_halen = 6};
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETHERTYPE_IP));
	return fd < 0 ? errno
		      : result(sendto(fd, &d, n, 0, (struct sockaddr *)&to, sizeof(to)));
}

static int raw(const struct room *r, int id)
{
	struct datagram d;
	const size_t n = make_datagram(&d, r->udp4, id);
	const struct sockaddr_in to = v4(0);
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	return fd < 0 ? errno : result(sendto(fd, &d, n, 0, (const struct sockaddr *)&to,
					sizeof(to)));
}

static int netlink_user(const struct room *r, int id)
{
	struct {
		struct nlmsghdr head;
		char text[32];
	} m = {.head = {.nlmsg_len = sizeof(m)}};
	struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pid = (uint32_t)r->netlink};
	(void)speak(id);
	memcpy(m.text, word, sizeof(m.text));
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);
	return fd < 0 ? errno : result(sendto(fd, &m, sizeof(m), 0, (struct sockaddr *)&to,
					sizeof(to)));
}

/* --- local sockets --- */

static struct sockaddr_un named(const struct room *r, const char *name)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%.80s/%s", r->home, name);
	return to;
}

/* An abstract name: "\0TAG.name"; its length counts. */
static size_t abstract_name(struct sockaddr_un *to, const struct room *r, const char *name)
{
	*to = (struct sockaddr_un){.sun_family = AF_UNIX};
	return offsetof(struct sockaddr_un, sun_path) + 1 +
	       (size_t)snprintf(to->sun_path + 1, sizeof(to->sun_path) - 1, "%.60s.%s", r->tag,
		       name);
}

static int local_stream(const struct room *r, int id)
{
	const struct sockaddr_un to = named(r, "agent.sock");
	return call(socket(AF_UNIX, SOCK_STREAM, 0), &to, sizeof(to), id);
}

static int local_datagram(const struct room *r, int id)
{
	const struct sockaddr_un to = named(r, "datagram.sock");
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	return fd < 0 ? errno : result(sendto(fd, word, speak(id), 0,
					(const struct sockaddr *)&to, sizeof(to)));
}

static int local_packets(const struct room *r, int id)
{
	const struct sockaddr_un to = named(r, "packets.sock");
	return call(socket(AF_UNIX, SOCK_SEQPACKET, 0), &to, sizeof(to), id);
}

/* In the repository, where the disk's view lets it see the name. */
static int local_in_repository(const struct room *r, int id)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%.80s/run.sock", r->repo);
	return call(socket(AF_UNIX, SOCK_STREAM, 0), &to, sizeof(to), id);
}

static int abstract_stream(const struct room *r, int id)
{
	struct sockaddr_un to;
	const size_t size = abstract_name(&to, r, "stream");
	return call(socket(AF_UNIX, SOCK_STREAM, 0), &to, size, id);
}

static int abstract_datagram(const struct room *r, int id)
{
	struct sockaddr_un to;
	const size_t size = abstract_name(&to, r, "datagram");
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	return fd < 0 ? errno : result(sendto(fd, word, speak(id), 0,
					(const struct sockaddr *)&to, (socklen_t)size));
}

static int tmux_keys(const struct room *r, int id)
{
	if (!*r->tmux)
		return ENOENT;
	return system(path_of("exec tmux -S %s send-keys 'hostile %d' Enter >/dev/null 2>&1",
		       r->tmux, id)) == 0 ? 0 : EPERM;
}

/* --- to be reached from outside --- */

static int listen_tcp(const struct room *r, int id)
{
	const struct sockaddr_in at = v4(r->listen);
	const int on = 1;
	(void)id;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		return errno;
	return result(listen(fd, 1));
}

static int listen_abstract(const struct room *r, int id)
{
	struct sockaddr_un at;
	const size_t size = abstract_name(&at, r, "child");
	(void)id;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, (socklen_t)size) < 0)
		return errno;
	return result(listen(fd, 1));
}

/* --- io_uring, which system call filters do not look into --- */

struct ring {
	int fd;
	struct io_uring_params p;
	unsigned char *sq;
	struct io_uring_sqe *sqes;
};

static int ring_begin(struct ring *ring)
{
	memset(ring, 0, sizeof(*ring));
	long fd = syscall(SYS_io_uring_setup, 4U, &ring->p);
	if (fd < 0)
		return errno;
	ring->fd = (int)fd;
	const size_t n = ring->p.sq_off.array + ring->p.sq_entries * sizeof(unsigned);
	ring->sq = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
		(off_t)IORING_OFF_SQ_RING);
	void *sqes = mmap(NULL, ring->p.sq_entries * sizeof(*ring->sqes),
		PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, (off_t)IORING_OFF_SQES);
	ring->sqes = sqes;
	return ring->sq == MAP_FAILED || sqes == MAP_FAILED ? errno : 0;
}

static int ring_submit(struct ring *ring, const struct io_uring_sqe *sqe)
{
	unsigned tail;
	void *at = ring->sq + ring->p.sq_off.tail;
	memcpy(&tail, at, sizeof(tail));
	const unsigned slot = tail & (ring->p.sq_entries - 1);
	ring->sqes[slot] = *sqe;
	memcpy(ring->sq + ring->p.sq_off.array + slot * sizeof(slot), &slot, sizeof(slot));
	tail++;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memcpy(at, &tail, sizeof(tail));
	return result(syscall(
		SYS_io_uring_enter, ring->fd, 1U, 1U, IORING_ENTER_GETEVENTS, NULL, 0UL));
}

static int ring_connect(const struct room *r, int id)
{
	struct ring ring;
	const struct sockaddr_in to = v4(r->tcp4);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	const int rc = fd < 0 ? errno : ring_begin(&ring);
	if (rc)
		return rc;
	const struct io_uring_sqe connect_to = {.opcode = IORING_OP_CONNECT,
		.fd = fd,
		.addr = (uint64_t)(uintptr_t)&to,
		.off = sizeof(to)};
	const int sent = ring_submit(&ring, &connect_to);
	return sent ? sent : result(send(fd, word, speak(id), MSG_NOSIGNAL));
}

static int ring_write(const struct room *r, int id)
{
	struct ring ring;
	static char path[PATH_SIZE];
	const int rc = ring_begin(&ring);
	if (rc)
		return rc;
	(void)snprintf(path, sizeof(path), "%.400s/ring.%d", r->outside, id);
	const struct io_uring_sqe create = {.opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uint64_t)(uintptr_t)path,
		.len = 0644,
		.open_flags = O_CREAT | O_WRONLY};
	return ring_submit(&ring, &create);
}

static const struct try table[] = {
	{"socket", "TCP", tcp4},
	{"socket", "TCP over IPv6", tcp6},
	{"socket", "MPTCP", mptcp},
	{"socket", "bash's /dev/tcp", tcp_by_shell},
	{"socket", "TCP Fast Open by sendto", fast_sendto},
	{"socket", "TCP Fast Open by sendmsg", fast_sendmsg},
	{"socket", "TCP Fast Open by sendmmsg", fast_sendmmsg},
	{"socket", "TCP_FASTOPEN_CONNECT", fast_connect},
	{"socket", "UDP", udp4},
	{"socket", "UDP over IPv6", udp6},
	{"socket", "UDP, connected", udp_connected},
	{"socket", "UDP by sendmsg", udp_sendmsg},
	{"socket", "UDP by sendmmsg", udp_sendmmsg},
	{"socket", "a frame on the loopback", packet},
	{"socket", "a raw packet", raw},
	{"socket", "netlink to another process", netlink_user},
	{"socket", "a local stream in HOME (an agent)", local_stream},
	{"socket", "local datagrams", local_datagram},
	{"socket", "local packets", local_packets},
	{"socket", "a local stream in the repository", local_in_repository},
	{"socket", "an abstract stream", abstract_stream},
	{"socket", "an abstract datagram", abstract_datagram},
	{"socket", "tmux send-keys", tmux_keys},
	{"socket", "listen on TCP", listen_tcp},
	{"socket", "listen on an abstract name", listen_abstract},
	{"socket", "io_uring connect", ring_connect},
	{"socket", "io_uring openat", ring_write},
};

const struct tries net_tries = {table, sizeof(table) / sizeof(table[0])};
