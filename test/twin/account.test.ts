import { beforeEach, describe, expect, it } from "vitest";
import {
  TWIN_ACCOUNT_SID,
  TWIN_API_KEY_SECRET,
  TWIN_API_KEY_SID,
  TWIN_FROM,
  TWIN_MESSAGING_SERVICE_SID,
} from "../../src/twin/seed.ts";
import { basic, createCaller, type Caller } from "./caller.ts";

const ACCOUNT = `/2010-04-01/Accounts/${TWIN_ACCOUNT_SID}`;
let twin: Caller;
beforeEach(() => {
  twin = createCaller();
});

describe("the twin's account", () => {
  it("is a paid account unless a control call changes it", async () => {
    const paid = await twin.api("GET", `${ACCOUNT}.json`);
    expect(paid.status).toBe(200);
    expect(paid.body).toMatchObject({ sid: TWIN_ACCOUNT_SID, type: "Full", status: "active" });
    await twin.control("/twin/account", { type: "Trial" });
    const trial = await twin.api("GET", `${ACCOUNT}.json`);
    expect(trial.body).toMatchObject({ type: "Trial", status: "active" });
    await twin.control("/twin/reset", {});
    expect((await twin.control("/twin/account")).body).toEqual({ type: "Full", status: "active" });
  });

  it("refuses another account and a malformed account sid", async () => {
    const other = await twin.api("GET", `/2010-04-01/Accounts/AC${"b".repeat(32)}.json`);
    expect(other).toMatchObject({ status: 401, body: { code: 20003 } });
    const none = await twin.api("GET", "/2010-04-01/Accounts/nonsense.json");
    expect(none).toMatchObject({ status: 404, body: { code: 20404 } });
  });

  it("cannot be read with a Standard API key, which can use all other routes", async () => {
    const headers = { Authorization: basic(TWIN_API_KEY_SID, TWIN_API_KEY_SECRET) };
    const get = async (path: string) =>
      (await twin.twin.fetch(`https://api.twilio.com${path}`, { headers })).status;
    expect(await get(`${ACCOUNT}.json`)).toBe(401);
    expect(await get(`${ACCOUNT}/Messages.json`)).toBe(200);
    expect(await get("/v2/Services")).toBe(200);
  });

  it("lists its number and its messaging service", async () => {
    const all = await twin.api("GET", `${ACCOUNT}/IncomingPhoneNumbers.json`);
    expect(all.body.incoming_phone_numbers).toMatchObject([{ phone_number: TWIN_FROM }]);
    const none = await twin.api(
      "GET",
      `${ACCOUNT}/IncomingPhoneNumbers.json?PhoneNumber=%2B12015550199`,
    );
    expect(none.body.incoming_phone_numbers).toEqual([]);
    const { services } = (await twin.api("GET", "/v1/Services")).body;
    expect(services).toMatchObject([{ sid: TWIN_MESSAGING_SERVICE_SID }]);
    expect((await twin.api("GET", `/v1/Services/${TWIN_MESSAGING_SERVICE_SID}`)).status).toBe(200);
    const other = await twin.api("GET", `/v1/Services/MG${"b".repeat(32)}`);
    expect(other).toMatchObject({ status: 404, body: { code: 20404 } });
  });

  it("answers other methods and paths in Twilio's format", async () => {
    expect((await twin.api("DELETE", `${ACCOUNT}.json`)).body.code).toBe(20004);
    expect((await twin.api("GET", "/v1/Nothing")).body.code).toBe(20404);
    expect((await twin.control("/twin/account", { type: "Rich" })).status).toBe(400);
  });
});
