import { Hono } from "hono";
import { requireSession } from "phonegate-client/hono";
import { createVerifier } from "phonegate-client/verify";

const verifier = createVerifier({ issuer: "http://127.0.0.1:8787" });
const app = new Hono();
app.get("/me", requireSession({ verifier }), (c) => c.json({ subject: c.var.session.subject }));
// The session must have a code from the last five minutes. Otherwise the page must step up.
app.post("/transfers", requireSession({ verifier, maxAgeSeconds: 300 }), (c) =>
  c.json({ by: c.var.session.subject }, 201),
);

export default app;
