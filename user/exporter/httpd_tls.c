// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * httpd_tls.c - TLS for the HTTP server. libmicrohttpd only requests a client's certificate; GnuTLS must be asked
 * whether one came, and whether it is valid.
 */
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "exporter/httpd_int.h"

#define PEM_MAX		(1 << 20)	/* a bundle of all public CAs is a quarter of it */
#define PRIORITIES	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

static int read_all(int fd, struct gm_str *out)
{
	char part[4096];
	ssize_t n;

	while ((n = gm_read_all(fd, part, sizeof(part))) > 0 && out->len <= PEM_MAX)
		gm_str_add(out, part, (size_t)n);
	if (n < 0)
		return (int)n;
	return out->len > PEM_MAX ? -EFBIG : out->err;
}

static int read_file(struct gm_str *out, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return gm_errno(-errno, "cannot read %s for TLS", path);
	err = read_all(fd, out);
	close(fd);
	if (err)
		return gm_errno(err, "cannot read %s for TLS", path);
	return out->len ? 0 : gm_err(-EINVAL, "cannot use %s for TLS: the file is empty", path);
}

static gnutls_datum_t datum(const struct gm_str *s)
{
	return (gnutls_datum_t){ .data = (unsigned char *)s->s, .size = (unsigned int)s->len };
}

/* Checks the files as libmicrohttpd would, which does not name the file that is wrong. */
static int check_files(const struct gm_tls *t, const struct gm_httpd_opts *o)
{
	gnutls_datum_t cert = datum(&t->cert), key = datum(&t->key), ca = datum(&t->ca);
	gnutls_certificate_credentials_t c;
	int code = gnutls_certificate_allocate_credentials(&c), err = 0;

	if (code < 0)
		return gm_err(-ENOMEM, "TLS: %s", gnutls_strerror(code));
	code = gnutls_certificate_set_x509_key_mem(c, &cert, &key, GNUTLS_X509_FMT_PEM);
	if (code < 0)
		err = gm_err(-EINVAL, "cannot use %s and %s for TLS: %s", o->cert, o->key, gnutls_strerror(code));
	else if (ca.size && gnutls_certificate_set_x509_trust_mem(c, &ca, GNUTLS_X509_FMT_PEM) <= 0)
		err = gm_err(-EINVAL, "cannot use %s for TLS: it contains no certificate", o->client_ca);
	gnutls_certificate_free_credentials(c);
	return err;
}

int gm_tls_load(struct gm_tls *t, const struct gm_httpd_opts *o)
{
	int err;

	if (!o->cert && !o->key && !o->client_ca)
		return 0;
	if (!o->cert || !o->key)
		return gm_err(-EINVAL, "TLS needs both a certificate and its key");
	if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
		return gm_err(-ENOTSUP, "cannot serve TLS: this libmicrohttpd was built without it");
	err = read_file(&t->cert, o->cert);
	if (!err)
		err = read_file(&t->key, o->key);
	if (!err && o->client_ca)
		err = read_file(&t->ca, o->client_ca);
	if (!err)
		err = check_files(t, o);
	t->on = !err;
	return err;
}

void gm_tls_options(const struct gm_tls *t, struct MHD_OptionItem *o)
{
	if (t->on) {
		*o++ = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, t->cert.s };
		*o++ = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, t->key.s };
		*o++ = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)PRIORITIES };
	}
	if (t->ca.len)
		*o++ = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_TRUST, 0, t->ca.s };
	*o = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
}

/* ---- what passes ---- */

static ssize_t tls_pull(gnutls_transport_ptr_t arg, void *data, size_t len)
{
	struct gm_conn *c = arg;
	ssize_t n = recv(c->fd, data, len, 0);

	c->h->has_progress |= n > 0;
	return n;
}

static ssize_t tls_push(gnutls_transport_ptr_t arg, const void *data, size_t len)
{
	struct gm_conn *c = arg;
	ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);

	c->h->has_progress |= n > 0;
	return n;
}

/* Required with a pull function of ours: GnuTLS then rejects its own timeout function. */
static int tls_wait_pull(gnutls_transport_ptr_t arg, unsigned int ms)
{
	struct pollfd p = { .fd = ((struct gm_conn *)arg)->fd, .events = POLLIN };

	return poll(&p, 1, ms == GNUTLS_INDEFINITE_TIMEOUT ? -1 : (int)ms);
}

static gnutls_session_t session_of(struct MHD_Connection *mc)
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return i ? i->tls_session : NULL;
}

void gm_tls_track_progress(struct gm_conn *c, struct MHD_Connection *mc)
{
	gnutls_session_t s = session_of(mc);

	if (!s)
		return;
	gnutls_transport_set_ptr(s, c);
	gnutls_transport_set_pull_function(s, tls_pull);
	gnutls_transport_set_pull_timeout_function(s, tls_wait_pull);
	gnutls_transport_set_push_function(s, tls_push);
}

/* Checks the CA, the time, and the purpose "client": server certificates are often signed by the same CA. */
bool gm_tls_is_peer_valid(struct MHD_Connection *mc)
{
	gnutls_session_t s = session_of(mc);
	gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
					  .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT };
	unsigned int status;

	return s && !gnutls_certificate_verify_peers(s, &purpose, 1, &status) && !status;
}

void gm_tls_release(struct gm_tls *t)
{
	gm_str_release(&t->cert);
	gm_str_release(&t->key);
	gm_str_release(&t->ca);
	t->on = false;
}
