import { createServer, request, type IncomingMessage, type RequestListener } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { requireSession, sessionOf } from "../../src/client/express.ts";
import { createIssuer } from "./issuer.ts";

const issuer = await createIssuer();
const verifier = issuer.verifier();

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** Starts a server that has one handler, behind the middleware. */
async function serve(middleware: ReturnType<typeof requireSession>) {
  const listener: RequestListener = (req, res) => {
    void middleware(req, res, (error) => {
      res.statusCode = error === undefined ? 200 : 500;
      res.end(error === undefined ? sessionOf(req).subject : "an error went to next");
    });
  };
  const server = createServer(listener);
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  onTestFinished(() => void server.close());
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return (path: string, authorization: string[]): Promise<Answer> => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const options = { host: "127.0.0.1", port: address.port, path, agent: false as const };
    const headers = ["Host", "api", ...authorization.flatMap((value) => ["Authorization", value])];
    request({ ...options, headers }, (res) => {
      let text = "";
      res.setEncoding("utf8").on("data", (part: string) => (text += part));
      res.on("end", () => resolve({ status: res.statusCode, headers: res.headers, text }));
    })
      .on("error", reject)
      .end();
    return promise;
  };
}

describe("the middleware for Express", () => {
  it("refuses a request that has no token or an invalid one", async () => {
    const get = await serve(requireSession({ verifier }));
    const none = await get("/", []);
    expect(none.status).toBe(401);
    expect(none.headers["www-authenticate"]).toBe('Bearer realm="phonegate"');
    const bad = await get("/", ["Bearer a.b.c"]);
    expect(bad.status).toBe(401);
    expect(bad.headers["content-type"]).toBe("application/problem+json");
    expect(bad.headers["www-authenticate"]).toContain('error="invalid_token"');
    expect(JSON.parse(bad.text)).toMatchObject({ code: "invalid_token", status: 401 });
  });

  it("refuses two Authorization headers, although Node drops one of them in req.headers", async () => {
    const get = await serve(requireSession({ verifier }));
    const token = await issuer.accessToken();
    expect((await get("/", [`Bearer ${token}`, "Bearer other"])).status).toBe(400);
    expect((await get("/", ["Basic dXNlcjpwYXNz", `Bearer ${token}`])).status).toBe(400);
    expect((await get(`//x?access_token=${token}`, [`Bearer ${token}`])).status).toBe(400);
  });

  it("answers a session that is too weak with the acr to step up to", async () => {
    const get = await serve(requireSession({ verifier, acr: "aal2", maxAgeSeconds: 300 }));
    const weak = await get("/", [`Bearer ${await issuer.accessToken()}`]);
    expect(weak.status).toBe(401);
    expect(weak.headers["www-authenticate"]).toContain('acr_values="aal2", max_age="300"');
  });

  it("passes a valid session on, and sessionOf(req) returns it", async () => {
    const get = await serve(requireSession({ verifier }));
    const answer = await get("/", [`Bearer ${await issuer.accessToken()}`]);
    expect([answer.status, answer.text]).toEqual([200, "usr_someone"]);
  });

  it("makes sessionOf() throw for a request that did not pass it", () => {
    expect(() => sessionOf({ headersDistinct: {} })).toThrow(
      new TypeError("This request has not passed requireSession"),
    );
  });

  it("passes an unexpected error to next, as Express requires", async () => {
    const broken = issuer.verifier({ now: () => Number.NaN });
    const get = await serve(requireSession({ verifier: broken }));
    const answer = await get("/", [`Bearer ${await issuer.accessToken()}`]);
    expect([answer.status, answer.text]).toEqual([500, "an error went to next"]);
  });
});
