import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { Story } from "../../src/cli/story.ts";

const sid = `VE${"0a".repeat(16)}`;
const message = `SM${"1b".repeat(16)}`;
const ids = {
  start: "2e5bfea9-f52b-40e2-8eb5-b632ddc96ee1",
  check: "7c1d9a30-0b1c-4d52-9c6e-2671aa10c0de",
  report: "b1e0c7a4-55aa-4f0e-8d53-0c9d5b7a1f00",
  stranger: "d2671999-2671-4671-9671-267126712671",
};
const to = "+1•••••2671";

/** The events of one user among those of others, in the order of the log. */
const log = [
  { event: "guard.decision", request_id: ids.stranger, to: "+1•••••1111", ms: 2671 },
  { event: "store.failed", request_id: ids.start },
  { event: "guard.decision", request_id: ids.start, to, verdict: "pass" },
  { event: "verification.started", request_id: ids.start, to, verification: "abcd", sid },
  { event: "session.refreshed", request_id: ids.stranger, id: "ses_x" },
  { event: "verification.refused", request_id: ids.check, verification: "abcd" },
  { event: "request.refused", request_id: ids.check },
  {
    event: "verification.delivery_failed",
    request_id: ids.report,
    send_request_id: ids.start,
    sid: message,
  },
  { event: "guard.closed", prefix: "+1415555••••" },
  { event: "guard.closed", prefix: "+1201555••••" },
] as const;
const story = [1, 2, 3, 5, 6, 7];

const lines = log.map((fields, index) => ({ text: String(index), fields }));
const found = (search: string) => new Story(search).add(lines).map((line) => Number(line.text));

describe("the story", () => {
  it.each([
    ["a number's last digits", "2671"],
    ["fewer last digits", "671"],
    ["the whole number, as users write it", "+1 (415) 555-2671"],
    ["the number without its plus", "14155552671"],
    ["a request id", ids.start],
    ["the beginning of a request id, as the tail prints it", ids.check.slice(0, 8)],
    ["Twilio's sid of the verification", sid],
    ["Twilio's sid of the message", message],
    ["the verification's name", "abcd"],
  ])("is found by %s, whole and in order", (_name, search) => {
    const isWhole = search.startsWith("+");
    expect(found(search)).toEqual(isWhole ? [...story, 8] : story);
  });

  it.each(["+442671", "2672", "nothing", "ms"])("is not found by %s", (search) => {
    expect(found(search)).toEqual([]);
  });

  it("is found by the beginning of a request id that has only digits", () => {
    const digits = {
      text: "0",
      fields: { event: "x", request_id: "12345678-1111-4111-8111-000000000000" },
    };
    expect(new Story("12345678").add([digits, ...lines])).toEqual([digits]);
  });

  it("keeps a line until a later line connects it to the story", () => {
    const live = new Story("2671");
    const printed = lines.flatMap((line) => [live.add([line]).map((each) => each.text)]);
    expect(printed).toEqual([[], [], ["1", "2"], ["3"], [], ["5"], ["6"], ["7"], [], []]);
  });

  it("contains lines that are not events, if they have the search text", () => {
    const plain = [{ text: "Error: no such Worker" }, { text: "ready" }];
    expect(new Story("no such").add(plain)).toEqual([plain[0]]);
  });

  it("is printed by npm run tail -- --stdin --search", async () => {
    const command = join(import.meta.dirname, "../../src/cli/tail.ts");
    const child = spawn(process.execPath, [command, "--stdin", "--search=2671"]);
    child.stdin.end(log.map((fields) => `worker: ${JSON.stringify(fields)}\n`).join(""));
    const printedLines = (await text(child.stdout)).split("\n");
    const events = printedLines.map((each) => /[a-z]+\.[a-z_]+/.exec(each)?.[0]);
    expect(events).toEqual([...story.map((index) => log[index]?.event), undefined]);
  });
});
