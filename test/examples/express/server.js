import express from "express";
import { requireSession, sessionOf } from "phonegate-client/express";
import { createVerifier } from "phonegate-client/verify";

const verifier = createVerifier({ issuer: process.env.ISSUER ?? "http://127.0.0.1:8787" });
const app = express();
app.get("/me", requireSession({ verifier }), (req, res) => {
  res.json({ subject: sessionOf(req).subject });
});
// The session must have a code from the last five minutes. Otherwise the page must step up.
app.post("/transfers", requireSession({ verifier, maxAgeSeconds: 300 }), (req, res) => {
  res.status(201).json({ by: sessionOf(req).subject });
});
app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
