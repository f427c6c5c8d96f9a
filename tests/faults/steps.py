# Faults at exact steps, by way of the proxy.
# SPDX-License-Identifier: BSD-2-Clause
