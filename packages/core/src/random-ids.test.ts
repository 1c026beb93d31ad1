import { webcrypto } from "node:crypto";
import { expect, it } from "vitest";
import { createRandomIds } from "./random-ids.ts";

const decode = (ascii: Uint8Array) => new TextDecoder().decode(ascii);

it("writes the bytes that it draws as a UUID of version 4, each once", () => {
  let drawn = 0;
  const next = createRandomIds((bytes) => {
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = (drawn + index * 7) % 256;
    drawn += 1;
  }, decode);
  expect(next()).toBe("00070e15-1c23-4a31-b83f-464d545b6269");
  expect(next()).toBe("70777e85-8c93-4aa1-a8af-b6bdc4cbd2d9");
  for (let count = 2; count < 1_024; count += 1) next();
  expect(drawn).toBe(1);
  expect(next()).toBe("01080f16-1d24-4b32-b940-474e555c636a");
  expect(drawn).toBe(2);
});

it("gives UUIDs that never repeat", () => {
  const next = createRandomIds((bytes) => webcrypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>), decode); // A fresh one.
  const ids = new Set(Array.from({ length: 20_000 }, next));
  expect(ids.size).toBe(20_000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
