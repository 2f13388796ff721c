import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { isOwnHost } from "../http/origin.ts";
import { Router } from "../http/router.ts";
import { isLoopback } from "../lib/origin.ts";
import { demoPage } from "../pages/demo-page.ts";
import { Problem } from "../problem.ts";

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The demo page of `npm start`. Without `DEMO=on` it is 404. */
export const demo = new Router()
  .use("/", async (c, next) => {
    // A foreign name that resolves to this machine (DNS rebinding) would give an attacker's page
    // this origin.
    if (!isOwnHost(new URL(c.req.url), c.var.config))
      throw new Problem(
        "not_found",
        "In development this page is at 127.0.0.1 or localhost, and at an origin of ALLOWED_ORIGINS.",
      );
    if (!c.var.config.demo) throw new Problem("not_found");
    return next();
  })
  .get("/", (c) => {
    c.header("Content-Security-Policy", policy);
    const { appName, development, twilio } = c.var.config;
    const isOtherDevice = development && !isLoopback(new URL(c.req.url));
    return c.html(demoPage({ appName, twinUrl: twilio.baseUrl, isOtherDevice }));
  })
  .all("/", methodNotAllowed("GET"));
