// A class as the store keeps it, for tests that need one and care for none of its fields.
import type { ClassRecord } from "../../src/master/store/store.ts";

/** Not open, not closed, without a teacher's token. @param different fields that the test cares for */
export function classRecord(different: Partial<ClassRecord> = {}): ClassRecord {
  return {
    name: "math",
    title: "Maths",
    open: false,
    joinCode: "K7QX2M",
    streamKeyHash: "h",
    createdAtMs: 5,
    closedAtMs: undefined,
    teacherTokenHash: undefined,
    ...different,
  };
}
