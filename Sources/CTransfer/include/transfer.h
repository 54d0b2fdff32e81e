// One HTTP exchange over libcurl, which is loaded when the first one begins: a program that asks no
// server does not pay for it at its start.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct transfer;

// Takes bytes that came, or one header line; 0 to go on, else the exchange fails.
typedef int (*transfer_sink)(void *context, const char *bytes, size_t count);

// What is sent, and where. Strings are copied.
struct transfer_request {
    const char *url;
    // Lines "Name: value" with a line feed between them.
    const char *headers;
    // Sent by POST.
    const char *body;
    size_t body_count;
    long connect_milliseconds;
    // Whether a proxy named in the environment is passed by.
    int is_direct;
    transfer_sink take_header;
    transfer_sink take_body;
    void *context;
};

// Why libcurl cannot be used, or NULL if it can.
const char *transfer_unavailable(void);

// Begins an exchange; NULL if memory is short. Needs `transfer_unavailable` to have given NULL.
struct transfer *transfer_begin(const struct transfer_request *request);

// Waits for up to `wait_milliseconds` and works; 1 while there is more to do, else 0.
int transfer_step(struct transfer *transfer, int wait_milliseconds);

// How an exchange ended that has nothing more to do.
enum transfer_end {
    transfer_end_complete,
    transfer_end_unreachable,
    transfer_end_connect_timeout,
    transfer_end_dropped,
    transfer_end_insecure,
    transfer_end_bad_url,
    transfer_end_failed,
};
enum transfer_end transfer_result(const struct transfer *transfer);

// What libcurl says of it; valid until the exchange is freed.
const char *transfer_reason(const struct transfer *transfer);

// The status of the answer, or 0 if none came.
long transfer_status(const struct transfer *transfer);

void transfer_free(struct transfer *transfer);

#ifdef __cplusplus
}
#endif
