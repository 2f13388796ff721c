import { stripVTControlCharacters } from "node:util";

const chatterLines = [
  // Its own request log, and "Ready on": the Worker logs its events itself.
  /^\[wrangler:info\]/,
  /^⎔ /u,
  /^Using (?:vars|secrets) defined in /,
  /^Your Worker and resources are simulated locally/,
];
const bindingsBegin = /^Your Worker has access to the following bindings/;

/**
 * Tells what wrangler says about itself from what a developer wants to see: errors, warnings and the Worker's log.
 * It lists the chatter, not the rest, so that a stray `console.log` and a message that nobody foresaw are seen.
 */
export function createChatterFilter(): (line: string) => boolean {
  let insideBindings = false;
  return (line) => {
    const text = stripVTControlCharacters(line).trim();
    // A line of the Worker's log, wherever it stands.
    if (text.startsWith("{")) return false;
    if (bindingsBegin.test(text)) insideBindings = true;
    else if (text === "") insideBindings = false;
    return insideBindings || text === "" || chatterLines.some((pattern) => pattern.test(text));
  };
}
