import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { createWorld, start, type World } from "../helpers/world.ts";

const to = "+12015550123";
const maxBytes = 8 * 1024;
/** Part of the sent values. It must never be in an answer. */
const marker = "Marker7Q";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

interface ProblemBody {
  readonly code: string;
  readonly errors?: { path: string; message: string }[];
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Starts a verification with this body, as bytes, so that no content type is added for it. */
function send(body: BodyInit, headers: Record<string, string> = {}, path = "/v1/verifications") {
  return world.send(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? bytesOf(body) : body,
  });
}

/**
 * Returns the refusal's body, after checking that the Worker called no server and that the answer
 * repeats no sent value.
 */
async function refusalOf(response: Response, allowedToLeave = 0) {
  const text = await response.text();
  expect(world.outgoing).toHaveLength(allowedToLeave);
  expect(text + world.lines.join("\n")).not.toContain(marker);
  expect(text + world.lines.join("\n")).not.toContain(to.slice(-7));
  const { code, errors } = JSON.parse(text) as ProblemBody;
  return { status: response.status, code, ...(errors && { errors }) };
}

/** A body without a length that counts the chunks that were read. */
function streamOf(chunks: Iterable<Uint8Array>) {
  const seen = { pulled: 0 };
  const iterator = chunks[Symbol.iterator]();
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { value, done } = iterator.next();
        if (done) return controller.close();
        seen.pulled += 1;
        controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, seen };
}

describe("a body that is not JSON by its headers", () => {
  const json = JSON.stringify({ to, locale: marker });

  it.each([
    "text/plain",
    "text/plain;charset=utf-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonx",
    "application/json-seq",
    "application/problem+json",
    "text/json",
    "xapplication/json",
    "application/json, text/plain",
    "text/plain, application/json",
    "text/plain; application/json",
    "application/ json",
    "",
  ])("is 415 as %j", async (type) => {
    const answer = await refusalOf(await send(json, { "Content-Type": type }));
    expect(answer).toEqual({ status: 415, code: "unsupported_media_type" });
  });

  it("is 415 without a type", async () => {
    const init = { method: "POST", body: bytesOf(json) };
    const answer = await refusalOf(await world.send("/v1/verifications", init));
    expect(answer).toEqual({ status: 415, code: "unsupported_media_type" });
  });

  it.each(["gzip", "br", "deflate", "identity", "x"])("is 415 encoded as %s", async (encoding) => {
    const answer = await refusalOf(await send(json, { "Content-Encoding": encoding }));
    expect(answer).toEqual({ status: 415, code: "unsupported_media_type" });
  });

  it("is 415 before any of it is read", async () => {
    const { stream, seen } = streamOf([bytesOf(json)]);
    await refusalOf(await send(stream, { "Content-Type": "text/plain" }));
    expect(seen.pulled).toBe(0);
  });

  it.each([
    "APPLICATION/JSON",
    "application/json;charset=utf-8",
    "application/json; charset=UTF-8",
    'application/json ;charset="utf-8"',
    // RFC 8259 §11: the parameter has no meaning, because JSON is UTF-8.
    "application/json; charset=utf-16",
  ])("is accepted as %s", async (type) => {
    expect((await send(JSON.stringify({ to }), { "Content-Type": type })).status).toBe(201);
  });
});

describe("a body of more than 8 KiB", () => {
  const valid = JSON.stringify({ to });
  const tooLarge = { status: 413, code: "payload_too_large" };

  it("is 413 by its Content-Length, before any of it is read", async () => {
    const { stream, seen } = streamOf([bytesOf(valid)]);
    const answer = await refusalOf(await send(stream, { "Content-Length": `${maxBytes + 1}` }));
    expect(answer).toEqual(tooLarge);
    expect(seen.pulled).toBe(0);
  });

  it("is 413 by its bytes if the length is missing or wrong", async () => {
    const body = bytesOf(valid.padEnd(maxBytes + 1));
    expect(await refusalOf(await send(streamOf([body]).stream))).toEqual(tooLarge);
    for (const length of ["5", "-1", "x", "0"]) {
      const response = await send(streamOf([body]).stream, { "Content-Length": length });
      expect(await refusalOf(response)).toEqual(tooLarge);
    }
  });

  it("is 413 before it is parsed", async () => {
    const body = bytesOf("{".padEnd(maxBytes + 1));
    expect(await refusalOf(await send(streamOf([body]).stream))).toEqual(tooLarge);
  });

  it("is read only up to the first byte too many, even if it has 10 MB", async () => {
    const chunks = Array.from({ length: 2560 }, () => new Uint8Array(4096));
    const { stream, seen } = streamOf(chunks);
    expect(await refusalOf(await send(stream))).toEqual(tooLarge);
    expect(seen.pulled).toBe(3);
  });

  it("is 413 on every route with a body, and nothing is sent", async () => {
    const { id } = await start(world, to);
    const left = world.outgoing.length;
    for (const action of ["check", "resend"]) {
      const body = streamOf([bytesOf("{}".padEnd(maxBytes + 1))]).stream;
      const response = await send(body, {}, `/v1/verifications/${id}/${action}`);
      expect(await refusalOf(response, left)).toEqual(tooLarge);
    }
  });

  it("is refused from 8 KiB and one byte on", async () => {
    expect((await send(bytesOf(valid.padEnd(maxBytes)))).status).toBe(201);
    expect((await send(streamOf([bytesOf(valid.padEnd(maxBytes))]).stream)).status).toBe(201);
  });
});

describe("a body that cannot be read", () => {
  const notJson = {
    status: 400,
    code: "invalid_request",
    errors: [{ path: "", message: "must be JSON" }],
  };

  it.each([
    ["is empty", ""],
    ["is cut off", `{"to":"${marker}`],
    ["begins with a byte order mark", `\u{FEFF}{"to":"${to}"}`],
    ["has something behind it", `{"to":"${to}"} ${marker}`],
    ["is a form", `to=${encodeURIComponent(to)}&x=${marker}`],
    ["has a raw NUL in a text", `{"to":"${to}\u0000"}`],
    ["has a raw line break in a text", `{"to":"${to}\r\nX-${marker}: y"}`],
    ["has a trailing comma", `{"to":"${to}",}`],
    ["is JavaScript", `{to:'${to}'}`],
    ["nests without an end", "[".repeat(maxBytes)],
    ["nests without an end in a field", `{"to":`.repeat(1300)],
  ])("is 400 when it %s", async (_what, body) => {
    expect(await refusalOf(await send(body))).toEqual(notJson);
  });

  it.each([
    ["a lone continuation byte", [0x80]],
    ["an overlong form", [0xc0, 0xaf]],
    ["half a surrogate pair", [0xed, 0xa0, 0x80]],
    ["a byte that UTF-8 never has", [0xff]],
  ])("is 400 with %s in it", async (_what, bad) => {
    const body = new Uint8Array([...bytesOf(`{"to":"${to}`), ...bad, ...bytesOf('"}')]);
    expect(await refusalOf(await send(body))).toEqual(notJson);
  });

  it("is 400 when the connection breaks, and logs no alert", async () => {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytesOf(`{"to":"${to}`)),
      pull: (controller) => controller.error(new Error(marker)),
    });
    const errors = [{ path: "", message: "broke off" }];
    expect(await refusalOf(await send(stream))).toEqual({ ...notJson, errors });
    expect(world.lines.join("\n")).not.toContain("alert");
  });
});

describe("JSON that is not this request", () => {
  const invalid = (...errors: { path: string; message: string }[]) => ({
    status: 400,
    code: "invalid_request",
    errors,
  });
  const unknown = (path: string) => ({ path, message: "is not a field of this request" });

  it.each([
    "null",
    "[]",
    `[{"to":"${to}"}]`,
    "5",
    "true",
    `"${to}"`,
    "[".repeat(99) + "]".repeat(99),
  ])("is 400 when it is not an object: %s", async (body) => {
    expect(await refusalOf(await send(body))).toEqual(
      invalid({ path: "", message: "must be an object" }),
    );
  });

  it.each([
    ["arrays", `{"to":${"[".repeat(4090)}${"]".repeat(4090)}}`],
    ["objects", `${'{"to":'.repeat(1100)}1${"}".repeat(1100)}`],
  ])("is 400 with deeply nested %s", async (_what, body) => {
    const { status, errors } = await refusalOf(await send(body));
    expect([status, errors?.map(({ path }) => path)]).toEqual([400, ["to"]]);
  });

  it.each([
    ["a typo", "chanel"],
    ["another case", "To"],
    ["an empty name", ""],
    ["a prototype", "__proto__"],
    ["a constructor", "constructor"],
    ["a method that every object has", "toString"],
  ])("names %s", async (_what, name) => {
    const body = `{"to":"${to}",${JSON.stringify(name)}:"${marker}"}`;
    expect(await refusalOf(await send(body))).toEqual(invalid(unknown(name)));
  });

  it("names a prototype that would add fields", async () => {
    const body = `{"__proto__":{"to":"${to}"},"constructor":{"prototype":{"to":"${to}"}}}`;
    expect(await refusalOf(await send(body))).toEqual(
      invalid(unknown("__proto__"), unknown("constructor")),
    );
    expect(Object.hasOwn(Object.prototype, "to")).toBe(false);
  });

  it("names at most ten unknown fields, and shortens a long name", async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, 1]));
    const { errors } = await refusalOf(await send(JSON.stringify({ to, ...many })));
    expect(errors).toHaveLength(10);
    const long = await refusalOf(await send(JSON.stringify({ to, ["n".repeat(5000)]: 1 })));
    expect(long.errors).toEqual([unknown("n".repeat(64))]);
  });

  it("does not repeat a number or a code that is used as a field name", async () => {
    const { errors } = await refusalOf(await send(JSON.stringify({ [to]: 1, 123456: 2 })));
    expect(errors).toEqual([unknown("[digits]"), unknown("[digits]")]);
  });

  it("names every missing or wrong field with the cure, and not the value", async () => {
    expect(await refusalOf(await send("{}"))).toEqual(
      invalid({ path: "to", message: "is missing" }),
    );
    const wrong = { to: "", country: marker, channel: marker, locale: marker, purpose: marker };
    const { errors } = await refusalOf(await send(JSON.stringify(wrong)));
    expect(errors?.map(({ path }) => path)).toEqual(Object.keys(wrong));
  });

  const noLanguages = [
    5,
    null,
    "",
    "english",
    "en_US",
    "en-US\r\nX: y",
    "en\u0000",
    "../en",
    "en-",
    "e",
    "en-U",
    "en--US",
    "en-u-hc-h12-u-ca-buddhist",
    "x-private",
    "de-1996-1996",
    ["en"],
    `en-${"abcdefgh-".repeat(4)}`,
    "en-x-abcdefgh-abcdefgh-abcdefgh-abcd",
  ];
  it.each([
    ["to", [5, null, true, {}, [to], "", "x".repeat(65), { to: { to } }]],
    ["country", [5, null, "", "USA", "U", "U1", "US\n", ["US"]]],
    ["channel", [5, null, "", "email", "SMS", "sms\u0000", ["sms"], "toString"]],
    ["locale", noLanguages],
    ["purpose", [5, null, "", "signin", "SIGN_IN", "__proto__"]],
  ])("is 400 with another type of %s", async (path, values) => {
    for (const value of values) {
      const answer = await refusalOf(await send(JSON.stringify({ to, [path]: value })));
      expect([value, answer]).toEqual([value, invalid({ path, message: expect.any(String) })]);
    }
  });

  it.each([
    ["CRLF", `${to}\r\nX-Marker7Q: y`],
    ["NUL", `${to}\u0000`],
    ["NUL in front", `\u0000${to}`],
    ["a second parameter", `${to}&Channel=call`],
    ["a path", `${to}/../x`],
  ])("is refused with %s in the number", async (_what, number) => {
    const answer = await refusalOf(await send(JSON.stringify({ to: number })));
    expect(answer).toEqual({ status: 422, code: "invalid_phone_number" });
  });

  it("uses the last value of a repeated field", async () => {
    const answer = await refusalOf(await send(`{"to":"${to}","to":5}`));
    expect(answer).toMatchObject({ status: 400, errors: [{ path: "to" }] });
    expect((await send(`{"to":5,"to":"${to}"}`)).status).toBe(201);
  });

  it("never reaches another server and never breaks the Worker, for any JSON", async () => {
    const values = fc.jsonValue({ maxDepth: 5 });
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const response = await send(JSON.stringify(value));
        expect(response.status).toBe(400);
        expect(world.outgoing).toEqual([]);
      }),
    );
  });
});

describe("a check's body", () => {
  it.each([
    {},
    { code: 123456 },
    { code: null },
    { code: ["123456"] },
    { code: "" },
    { code: "123" },
    { code: "12345678901" },
    { code: " 123456" },
    { code: "123456\n" },
    { code: "123456\u0000" },
    { code: "12345a" },
    { code: "١٢٣٤٥٦" },
    { code: "１２３４５６" },
    { code: "123456", transport: "body" },
    { code: "123456", __proto__x: 1 },
  ])("is 400 as %j, and Twilio is not called", async (body) => {
    const { id } = await start(world, to);
    const left = world.outgoing.length;
    const response = await world.post(`/v1/verifications/${id}/check`, body);
    expect((await refusalOf(response, left)).code).toBe("invalid_request");
    expect(world.lines.join("\n")).not.toContain("123456");
  });

  it("does not use an attempt", async () => {
    const { id, code } = await start(world, to);
    for (let time = 0; time < 10; time += 1)
      await world.post(`/v1/verifications/${id}/check`, { code, extra: 1 });
    expect((await world.post(`/v1/verifications/${id}/check`, { code })).status).toBe(200);
  });
});

describe("a resend's body", () => {
  it.each([
    ["text/plain", "{}", 415],
    ["application/x-www-form-urlencoded", "channel=call", 415],
    ["application/json", "null", 400],
    ["application/json", "[]", 400],
    ["application/json", " ", 400],
    ["application/json", '{"to":"+12015550199"}', 400],
    ["application/json", '{"channel":"email"}', 400],
  ])("is refused as %s %j", async (type, body, status) => {
    const { id } = await start(world, to);
    const left = world.outgoing.length;
    const path = `/v1/verifications/${id}/resend`;
    const answer = await refusalOf(await send(body, { "Content-Type": type }, path), left);
    expect(answer.status).toBe(status);
  });

  it("needs a content type, with every encoding of the body", async () => {
    const { id } = await start(world, to);
    const left = world.outgoing.length;
    const { stream } = streamOf([bytesOf(" ")]);
    const response = await world.send(`/v1/verifications/${id}/resend`, {
      method: "POST",
      body: stream,
    });
    expect((await refusalOf(response, left)).status).toBe(415);
  });

  it("is optional", async () => {
    const { id } = await start(world, to);
    const path = `/v1/verifications/${id}/resend`;
    world.clock.nowMs += 30_000;
    expect((await world.send(path, { method: "POST" })).status).toBe(200);
    world.clock.nowMs += 60_000;
    expect((await send("", {}, path)).status).toBe(200);
    world.clock.nowMs += 60_000;
    expect((await send(streamOf([]).stream, {}, path)).status).toBe(200);
  });
});
