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

/** The page of `npm start`; without `DEMO=on` there is nothing here. */
export const demo = new Router()
  .use("/", async (c, next) => {
    // A foreign name that leads to this machine (DNS rebinding) makes a page of it the same origin.
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
