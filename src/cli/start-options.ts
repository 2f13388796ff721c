import { networkInterfaces } from "node:os";
import { parseArgs } from "node:util";
import { networkAddresses, readHost, type NetworkHost } from "./network-host.ts";

export type StartOptions =
  | {
      readonly kind: "start";
      readonly network: NetworkHost | undefined;
      /** True: each request and each reload is a line in the terminal. */
      readonly showsRequests: boolean;
    }
  | { readonly kind: "help"; readonly usage: string }
  | { readonly kind: "wrong"; readonly problem: string };

const usage = (
  address: string,
): string => `Runs the Worker and the Twilio twin on this machine, without an account and without a network.
The first start writes .dev.vars with new keys.

  npm start                              runs the Worker and a demo on :8787, the twin's phone on :8788
  npm start -- --host ${address.padEnd(19)}also lets a phone in the local network reach the Worker
  PORT=8797 TWIN_PORT=8798 npm start     uses other ports
  npm run dev                            does the same, with a line for each request and each reload
`;

/**
 * Reads the arguments of `npm start`. The host is an argument and not an environment variable,
 * because conda and tcsh set `HOST` themselves. That would open this machine to its network by
 * accident.
 */
export function readStartOptions(
  args: string[],
  interfaces: Parameters<typeof readHost>[1] = networkInterfaces(),
): StartOptions {
  const help = usage(networkAddresses(interfaces)[0]?.address ?? "192.168.1.20");
  try {
    const { values } = parseArgs({
      args,
      options: {
        help: { type: "boolean", default: false },
        host: { type: "string" },
        requests: { type: "boolean", default: false },
      },
    });
    if (values.help) return { kind: "help", usage: help };
    const { requests: showsRequests, host } = values;
    if (host === undefined) return { kind: "start", network: undefined, showsRequests };
    const network = readHost(host, interfaces);
    if (typeof network === "string") return { kind: "wrong", problem: network };
    return { kind: "start", network, showsRequests };
  } catch (error) {
    // The message of parseArgs names the unknown option.
    if (!(error instanceof TypeError)) throw error;
    return { kind: "wrong", problem: `${error.message}\n\n${help}` };
  }
}
