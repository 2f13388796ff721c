import twilio, { getExpectedTwilioSignature, RequestClient, validateRequest } from "twilio";
import { describe, expect, it } from "vitest";
import { ProviderHealth, TwilioClient, type TwilioRequest } from "../../src/twilio/client.ts";
import { lookupRequest } from "../../src/twilio/lookup.ts";
import { isSignedByTwilio } from "../../src/twilio/signature.ts";
import {
  cancelVerificationRequest,
  checkVerificationRequest,
  createVerificationRequest,
} from "../../src/twilio/verify.ts";
import { Trace } from "../../src/lib/trace.ts";

const accountSid = `AC${"1".repeat(32)}`;
const authToken = "the-auth-token-of-the-account";
const service = `VA${"2".repeat(32)}`;
const sid = `VE${"3".repeat(32)}`;

/** The compared parts of a request: everything except the order of its form. */
interface Wire {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | null;
  readonly contentType: string | null;
  readonly pairs: readonly (readonly [string, string])[];
}

const sorted = (pairs: Iterable<[string, string]>) =>
  [...pairs].toSorted(([left], [right]) => left.localeCompare(right));

/** Decodes the path, because a plus sign may be written as %2B. */
function withQuery(uri: string, query: Record<string, string>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  return decodeURIComponent(pairs.length === 0 ? uri : `${uri}?${pairs.join("&")}`);
}

async function sdkRequest(
  call: (client: ReturnType<typeof twilio>) => Promise<unknown>,
): Promise<Wire> {
  let wire: Wire | undefined;
  class Recorder extends RequestClient {
    override request(options: Parameters<RequestClient["request"]>[0]): never {
      const credentials = btoa(`${options.username}:${options.password}`);
      const data = Object.entries((options.data ?? {}) as Record<string, string>);
      const headers = new Headers(options.headers as Record<string, string>);
      wire = {
        method: options.method.toUpperCase(),
        url: withQuery(options.uri, (options.params ?? {}) as Record<string, string>),
        authorization: `Basic ${credentials}`,
        contentType: data.length > 0 ? headers.get("Content-Type") : null,
        pairs: sorted(data),
      };
      throw new Error("recorded, and nothing sent");
    }
  }
  const client = twilio(accountSid, authToken, { httpClient: new Recorder() });
  await expect(async () => call(client)).rejects.toThrow("recorded");
  if (wire === undefined) throw new Error("the SDK asked nothing");
  return wire;
}

async function ourRequest(request: TwilioRequest): Promise<Wire> {
  let wire: Wire | undefined;
  const runtime = {
    fetch: async (input: string | URL | Request, init?: RequestInit) => {
      const { method, url, headers } = new Request(input, init);
      wire = {
        method,
        url: decodeURIComponent(url),
        authorization: headers.get("Authorization"),
        contentType: headers.get("Content-Type"),
        pairs: sorted(new URLSearchParams(typeof init?.body === "string" ? init.body : "")),
      };
      return Response.json({});
    },
    now: () => 0,
    log: () => undefined,
    trace: new Trace(() => 0),
    background: () => undefined,
  };
  const config = {
    accountSid,
    username: accountSid,
    password: authToken,
    authToken,
    baseUrl: undefined,
    region: undefined,
    edge: undefined,
  };
  await new TwilioClient(config, runtime, new ProviderHealth()).send(request);
  if (wire === undefined) throw new Error("we asked nothing");
  return wire;
}

describe("a signature is accepted exactly if Twilio's SDK accepts it", () => {
  const form = { MessageSid: `SM${"4".repeat(32)}`, MessageStatus: "delivered" };
  const path = "/v1/webhooks/twilio/messages?ref=AbC_-9";

  it.each([
    ["https://id.example.com:8443", "https://id.example.com:8443", true],
    ["https://id.example.com:8443", "https://id.example.com", true],
    ["https://id.example.com:8443", "https://id.example.com:443", false],
    ["https://id.example.com", "https://id.example.com", true],
    ["https://id.example.com", "https://id.example.com:443", true],
    ["https://id.example.com", "https://id.example.com:8443", false],
    ["https://id.example.com", "https://id.example.com:80", false],
    ["http://127.0.0.1", "http://127.0.0.1:80", true],
    ["http://127.0.0.1:8787", "http://127.0.0.1", true],
    ["http://[::1]:8787", "http://[::1]", true],
    ["http://[::1]", "http://[::1]:80", true],
    ["https://id.example.com", "https://other.example.com", false],
    ["https://id.example.com", "http://id.example.com", false],
  ])("for %s signed as %s: %s", async (ours, signed, believed) => {
    const signature = getExpectedTwilioSignature(authToken, signed + path, form);
    expect(validateRequest(authToken, signature, ours + path, form)).toBe(believed);
    const parameters = new URLSearchParams(form);
    expect(await isSignedByTwilio(authToken, ours + path, parameters, signature)).toBe(believed);
  });
});

describe("the Worker's requests equal those of Twilio's SDK", () => {
  it("to start a verification", async () => {
    const verification = { to: "+12015550123", channel: "sms" as const, locale: "pt-BR" };
    expect(await ourRequest(createVerificationRequest(service, verification))).toEqual(
      await sdkRequest((client) =>
        client.verify.v2.services(service).verifications.create(verification),
      ),
    );
  });

  it("to check a code", async () => {
    const ours = await ourRequest(
      checkVerificationRequest(service, { to: "+12015550123", sid, code: "012345" }),
    );
    expect(ours).toEqual(
      await sdkRequest((client) =>
        client.verify.v2
          .services(service)
          .verificationChecks.create({ verificationSid: sid, code: "012345" }),
      ),
    );
    expect(ours.pairs).toEqual([
      ["Code", "012345"],
      ["VerificationSid", sid],
    ]);
  });

  it("to cancel a verification", async () => {
    expect(await ourRequest(cancelVerificationRequest(service, sid))).toEqual(
      await sdkRequest((client) =>
        client.verify.v2.services(service).verifications(sid).update({ status: "canceled" }),
      ),
    );
  });

  it("to look a number up", async () => {
    const fields = "line_type_intelligence,sms_pumping_risk";
    const ours = await ourRequest(lookupRequest("+12015550123"));
    expect(ours).toEqual(
      await sdkRequest((client) =>
        client.lookups.v2.phoneNumbers("+12015550123").fetch({ fields }),
      ),
    );
    expect(ours).toMatchObject({ method: "GET", contentType: null });
  });
});
