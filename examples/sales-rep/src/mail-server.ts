import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createTransport } from "nodemailer";
import { SMTPServer } from "smtp-server";

/** Mail as it arrived: the envelope's recipients and the message as it was sent. */
export interface ArrivedMail {
  readonly to: readonly string[];
  readonly message: string;
}

/** What to send. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly body: string;
}

/** A mail server on this machine that keeps what arrives, and a way to send to it. */
export interface MailServer {
  readonly arrived: readonly ArrivedMail[];
  send(mail: Mail): Promise<void>;
  close(): Promise<void>;
}

/** Starts the server on a free port of the loopback address. */
export async function startMailServer(): Promise<MailServer> {
  const arrived: ArrivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        arrived.push({ to, message: Buffer.concat(chunks).toString("utf8") });
        done();
      });
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo; // It listens on a port, not on a pipe.
  const transport = createTransport({ host: "127.0.0.1", port, secure: false, ignoreTLS: true });
  return {
    arrived,
    async send({ to, subject, body }) {
      await transport.sendMail({ from: "agent@acme.example", to, subject, text: body });
    },
    close() {
      transport.close();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
