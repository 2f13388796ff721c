import { createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/**
 * Who of a start runs. Each stand-in holds a connection open, which ends with its process however
 * that ends: nothing has to be looked up in the system.
 */
export class RollCall {
  /** A statement for the script of a stand-in, with which it answers the call. */
  readonly answer: string;
  readonly #present = new Set<Socket>();
  #changed = Promise.withResolvers<void>();

  private constructor(port: number) {
    this.answer = `require("node:net").connect(${port}, "127.0.0.1").on("error", () => {}).resume();`;
  }

  static async begin(): Promise<RollCall> {
    const server = createServer((socket) => roll.#join(socket));
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("no address");
    const roll = new RollCall(address.port);
    onTestFinished(() => void server.close());
    return roll;
  }

  #join(socket: Socket): void {
    this.#present.add(socket);
    // A process that is killed may reset its connection.
    socket.on("error", () => undefined).on("close", () => this.#change(socket));
    this.#change();
  }

  #change(gone?: Socket): void {
    if (gone) this.#present.delete(gone);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Waits until so many processes run; for ever, where more or fewer do. */
  async counts(processes: number): Promise<void> {
    while (this.#present.size !== processes) await this.#changed.promise;
  }
}
