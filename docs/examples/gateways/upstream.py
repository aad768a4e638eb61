#!/usr/bin/env python3
"""An upstream to try the gateways with: it says for whom it answers, which it knows from Consentry alone.
   python3 docs/examples/gateways/upstream.py     on 127.0.0.1:9000
"""
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PUBLIC = {"/status"}


class Upstream(BaseHTTPRequestHandler):
    def do_GET(self):
        app, account, scopes = (self.headers.get(f"consentry-{name}") for name in ("app", "account", "scopes"))
        if app:
            self.say(200, f"{self.path}, for {app}, which has {scopes} of {account}")
        elif self.path in PUBLIC:
            self.say(200, "up")
        else:
            # Whoever comes past the gateway, or by a gateway that forgot to ask.
            self.say(403, "nobody was asked about this request")

    def say(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", 9000), Upstream).serve_forever()
