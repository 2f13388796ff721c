import { channels, type Channel } from "../contract/words.ts";
import type { EnvReader } from "../lib/env-reader.ts";

/** Engine `messaging` sends texts alone. */
const ofOwnMessages: readonly Channel[] = ["sms"];

/** The ways to send a code that are open: what `CHANNELS` lists, as far as the engine has them. */
export function readChannels(
  reader: EnvReader,
  engine: "verify" | "messaging",
): readonly Channel[] {
  const listed = reader.list("CHANNELS");
  const isWrong = listed.map((each) => !channels.some((channel) => channel === each));
  reader.wrongEntries("CHANNELS", isWrong, `must be one of ${channels.join(", ")}`);
  const known = channels.filter((channel) => listed.includes(channel));
  const wanted: readonly Channel[] = listed.length > 0 ? known : ["sms"];
  const open = engine === "verify" ? wanted : wanted.filter((each) => ofOwnMessages.includes(each));
  if (open.length === 0 && known.length > 0)
    reader.problem("CHANNELS", "must list sms: OTP_ENGINE=messaging sends texts alone");
  return open;
}
