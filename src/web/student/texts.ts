// Every sentence that a student reads, in one place. Plain words; what happened, and what happens next.
import type { ClassPhase, ClassRefusal } from "../player/class-player.ts";

export const texts = {
  joinIntro: "Enter your name to watch the class.",
  nameLabel: "Your name",
  codeLabel: "Join code",
  join: "Join the class",
  joining: "Joining …",
  unmute: "Tap for sound",
  change: "Not you?",
  watchingAs: (name: string): string => `You are watching as ${name}.`,
  delay: (seconds: number): string => `Live, ${seconds.toFixed(1)} s behind`,
  noClass: "This address does not name a class. Ask your teacher for the link.",

  /** Undefined where the picture speaks for itself. */
  phases: {
    connecting: "Connecting to the class …",
    playing: undefined,
    buffering: "One moment …",
    waiting_for_teacher: "Waiting for the teacher. The class goes on here by itself.",
    reconnecting: "The connection was lost. Reconnecting …",
    paused: undefined,
    joining: undefined,
    over: "The class is over. If it goes on, it goes on here by itself.",
    refused: "You can no longer watch this class. Ask your teacher.",
  } satisfies Record<ClassPhase, string | undefined>,

  refusals: {
    join_code_required: "This class needs a join code. Your teacher has it.",
    join_code_wrong: "That join code is not right. Check it with your teacher.",
    no_such_class: "There is no such class. Check the link with your teacher.",
    bad_name: "This name or code cannot be used. Please change it.",
    class_closed: "The class is over.",
    removed: "The teacher has ended this class for you. Ask your teacher.",
    unsupported_browser: "This browser cannot play the class. Try another one, or update it.",
    full: "The class is full at the moment. We keep trying to get you in …",
    no_node: "The school's video servers are not there yet. We keep trying …",
    too_many_requests: "Many students are joining right now. We keep trying …",
    token_refused: "You cannot join this class. Ask your teacher.",
    unreachable: "The school's server cannot be reached. We keep trying …",
  } satisfies Record<ClassRefusal, string>,
} as const;
