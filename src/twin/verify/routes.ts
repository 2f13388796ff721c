import { Hono } from "hono";
import { twilioError } from "../answer.ts";
import type { Serve } from "../api.ts";
import { fetchAttempt, listAttempts } from "./attempts.ts";
import {
  createService,
  deleteService,
  fetchService,
  listServices,
  updateService,
} from "./services.ts";
import {
  checkVerification,
  fetchVerification,
  startVerification,
  updateVerification,
} from "./verifications.ts";

const SERVICES = "/v2/Services";
const SERVICE = `${SERVICES}/:service`;
const VERIFICATIONS = `${SERVICE}/Verifications`;
const VERIFICATION = `${VERIFICATIONS}/:verification`;
const ATTEMPTS = "/v2/Attempts";
const ATTEMPT = `${ATTEMPTS}/:attempt`;
const CHECK = `${SERVICE}/VerificationCheck`;

/** The routes of Twilio Verify v2 that a phone sign-in uses. */
export function verifyRoutes(serve: Serve): Hono {
  const app = new Hono()
    .post(SERVICES, serve("verify", createService))
    .get(SERVICES, serve("verify", listServices))
    .get(SERVICE, serve("verify", fetchService))
    .post(SERVICE, serve("verify", updateService))
    .delete(SERVICE, serve("verify", deleteService))
    .post(VERIFICATIONS, serve("verify", startVerification))
    .get(VERIFICATION, serve("verify", fetchVerification))
    .post(VERIFICATION, serve("verify", updateVerification))
    .post(CHECK, serve("verify", checkVerification))
    .get(ATTEMPTS, serve("verify", listAttempts))
    .get(ATTEMPT, serve("verify", fetchAttempt));
  const wrongMethod = serve("verify", () => twilioError(20004));
  for (const path of [SERVICES, SERVICE, VERIFICATIONS, VERIFICATION, CHECK, ATTEMPTS, ATTEMPT]) {
    app.all(path, wrongMethod);
  }
  return app;
}
