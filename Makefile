# SPDX-License-Identifier: ISC
# The front door for GNU make, and for a bmake that knows no BSDmakefile.
BMAKE?=	bmake
all .DEFAULT:
	@MAKEFLAGS= MFLAGS= $(BMAKE) -f BSDmakefile $@
