import { Hono } from "hono";
import type { Serve } from "../api.ts";
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

/** Twilio Verify v2, as far as a phone sign-in uses it. */
export function verifyRoutes(serve: Serve): Hono {
  return new Hono()
    .post("/v2/Services", serve("verify", createService))
    .get("/v2/Services", serve("verify", listServices))
    .get("/v2/Services/:service", serve("verify", fetchService))
    .post("/v2/Services/:service", serve("verify", updateService))
    .delete("/v2/Services/:service", serve("verify", deleteService))
    .post("/v2/Services/:service/Verifications", serve("verify", startVerification))
    .get("/v2/Services/:service/Verifications/:verification", serve("verify", fetchVerification))
    .post("/v2/Services/:service/Verifications/:verification", serve("verify", updateVerification))
    .post("/v2/Services/:service/VerificationCheck", serve("verify", checkVerification));
}
