import { connect, createServer, type Socket } from "node:net";

/** What a {@link FaultyProxy} does with what the server sends: pass it on, hold it back, or change it. */
export type ReplyFault = "none" | "hold" | ((reply: Buffer) => Buffer);

/** A way to a server that can be made to fail. */
export interface FaultyProxy {
  readonly port: number;
  /** From now on; what was held back is passed on once nothing is held any more. */
  setFault(fault: ReplyFault): void;
  /** Breaks all connections. */
  breakConnections(): void;
  /** Breaks all connections, and refuses others until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a proxy to a port of this machine. */
export async function startFaultyProxy(host: string, port: number): Promise<FaultyProxy> {
  let fault: ReplyFault = "none";
  const held: { readonly socket: Socket; readonly reply: Buffer }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, host);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on("data", (request) => far.write(request));
    far.on("data", (reply) => {
      if (fault === "hold") held.push({ socket: near, reply });
      else near.write(fault === "none" ? reply : fault(reply));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    port: address.port,
    setFault: (next) => {
      fault = next;
      if (next === "hold") return;
      for (const { socket, reply } of held.splice(0)) if (!socket.destroyed) socket.write(reply);
    },
    breakConnections: () => {
      for (const socket of sockets) socket.destroy();
    },
    refuse: stop,
    accept: () => new Promise<void>((resolve) => server.listen(address.port, "127.0.0.1", resolve)),
    close: stop,
  };
}
