/* SPDX-License-Identifier: ISC */
/* The system headers that give the names in const.def their values. */
#ifndef POSTERN_POLICY_CONSTHDR_H
#define POSTERN_POLICY_CONSTHDR_H

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#endif
