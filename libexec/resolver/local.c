/* SPDX-License-Identifier: ISC */
/* local - names that are not asked for, addresses, the hosts file. */
#include <string.h>

#include "base/fd.h"
#include "base/log.h"

#include "daemon.h"

static struct hosts *hosts;

struct view
local_read(struct arena *a, const char *file, size_t max)
{
	int fd = role_file_fd(file);
	char *p;
	ssize_t n;

	if (fd < 0)
		return ((struct view){ "", 0 });
	p = arena_get(a, max);
	if ((n = fd_pread_all(fd, p, max, 0)) < 0) {
		log_warn("read %s: %m", file);
		n = 0;
	}
	if ((size_t)n == max)
		log_warn("%s: only the first %zu bytes are used", file, max);
	return ((struct view){ p, (size_t)n });
}

/* The file in one arena, forgotten when it is parsed into another. */
void
local_open(void)
{
	struct arena *file = arena_new(0);

	hosts = hosts_parse(arena_new(0),
	    local_read(file, "hosts", HOSTS_FILE_MAX));
	arena_free(&file);
}

static void
put_record(struct wire_answer *out, uint32_t type, const char *name,
    struct view data)
{
	if (out->count == DNS_RECORD_MAX)
		return;
	out->records[out->count++] = (struct msg_dns_record){ .type = type,
		.name = name, .data = data };
	out->status = DNS_OK;
}

static bool
forward(struct arena *a, const struct msg_dns_query *q,
    struct wire_answer *out)
{
	const size_t size = q->type == DNS_A ? 4 : 16;
	const struct hosts_addr *addr;
	size_t n = strlen(q->name);
	const char *name = arena_strn(a, q->name,
	    n > 1 && q->name[n - 1] == '.' ? n - 1 : n);

	if (q->type != DNS_A && q->type != DNS_AAAA)
		return (false);
	if ((addr = hosts_by_name(hosts, name)) == NULL)
		return (false);
	out->name = name;
	out->status = DNS_NODATA;
	for (; addr != NULL; addr = addr->next)
		if (addr->n == size)
			put_record(out, q->type, "",
			    (struct view){ (const char *)addr->addr, size });
	return (true);
}

static bool
reverse(const uint8_t *addr, size_t n, struct wire_answer *out)
{
	const char *name = hosts_by_addr(hosts, addr, n);

	if (name == NULL)
		return (false);
	put_record(out, DNS_PTR, name, (struct view){ "", 0 });
	return (true);
}

bool
local_answer(struct arena *a, const struct msg_dns_query *q,
    char name[DNS_NAME_MAX + 1], struct wire_answer *out)
{
	uint8_t addr[NAME_ADDR_MAX];
	size_t n = 0;

	*out = (struct wire_answer){ .status = DNS_INVALID, .name = "",
		.text = "not a domain name" };
	if (q->type == DNS_PTR && (n = name_address(q->name, addr)) == 0) {
		out->text = "not an address";
		return (true);
	}
	if (q->type != DNS_PTR && !name_is_valid(view_of(q->name)))
		return (true);
	out->text = "";
	out->records = arena_array(a, DNS_RECORD_MAX, sizeof(*out->records));
	if (n > 0)
		name_reverse(addr, n, name);
	else
		memcpy(name, q->name, strlen(q->name) + 1);
	if (q->flags & DNS_Q_HOSTS) {
		if (n > 0 ? reverse(addr, n, out) : forward(a, q, out))
			return (true);
	}
	out->status = DNS_NXDOMAIN;
	return ((q->flags & DNS_Q_NODNS) != 0);
}
