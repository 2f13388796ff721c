import { Hono } from "hono";
import { twilioError } from "../answer.ts";
import type { Serve } from "../api.ts";
import { lookUp } from "./phone-number.ts";

const PHONE_NUMBER = "/v2/PhoneNumbers/:number";

/** The routes of Twilio Lookup v2, for one number at a time. */
export function lookupRoutes(serve: Serve): Hono {
  const app = new Hono().get(PHONE_NUMBER, serve("lookup", lookUp));
  app.all(
    PHONE_NUMBER,
    serve("lookup", () => twilioError(20004)),
  );
  return app;
}
