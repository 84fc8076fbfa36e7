// Takes one shot: opens a browser of its own, reaches the state, and pictures it in each language and theme.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { SessionInfo } from "../../src/shared/protocol/session.ts";
import { adminToken } from "../../test/support/master-environment.ts";
import type { Device, Shot, Stage } from "./shot.ts";

export const languages = ["en", "ko"] as const;
export const themes = ["light", "dark"] as const;

const locales = { en: "en-US", ko: "ko-KR" } as const;
const devices: Readonly<Record<Device, BrowserContextOptions>> = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 } },
};
/** A page that has not reached its state by then has a defect, or the table. */
const reachTimeoutMs = 30_000;

type StorageState = Exclude<NonNullable<BrowserContextOptions["storageState"]>, string>;

/** Cookies by whose they are: a session is opened once, since signing in is limited. */
export type KnownSessions = Map<string, StorageState>;

export interface TakenShot {
  readonly page: string;
  readonly state: string;
  readonly device: Device;
  /** By language and theme, below the folder of all. */
  readonly files: readonly string[];
}

export interface Studio {
  readonly browser: Browser;
  readonly stage: Stage;
  readonly folder: string;
  readonly sessions: KnownSessions;
}

/** @throws Error when the state is not reached */
export async function takeShot(studio: Studio, shot: Shot, device: Device): Promise<TakenShot> {
  const files: string[] = [];
  const base = join(shot.page, device === shot.devices[0] ? shot.state : `${shot.state}-${device}`);
  await mkdir(join(studio.folder, shot.page), { recursive: true });
  let page = await openPage(studio, shot, device, "en");
  try {
    await reach(studio, shot, page);
    for (const language of languages) {
      if (language !== "en" && !(await switchLanguage(page, language))) {
        // Nothing to switch it with: somebody else comes, whose browser speaks it.
        await page.context().close();
        page = await openPage(studio, shot, device, language);
        await reach(studio, shot, page);
      }
      for (const theme of themes) {
        await page.emulateMedia({ colorScheme: theme });
        // Plots are drawn at the next frame.
        await page.waitForTimeout(150);
        const file = `${base}-${language}-${theme}.png`;
        await page.screenshot({ path: join(studio.folder, file), fullPage: shot.screenOnly !== true, animations: "disabled" });
        files.push(file);
      }
    }
  } catch (error) {
    // What it shows instead, for who mends it.
    await page.screenshot({ path: join(studio.folder, `${base}-failed.png`) });
    throw error;
  } finally {
    await page.context().close();
  }
  return { page: shot.page, state: shot.state, device, files };
}

async function openPage({ browser, stage, sessions }: Studio, shot: Shot, device: Device, language: keyof typeof locales): Promise<Page> {
  const storageState = shot.signedIn === undefined ? undefined : await sessionOf({ browser, stage, sessions }, shot.signedIn);
  const context = await browser.newContext({
    ...devices[device],
    locale: locales[language],
    colorScheme: "light",
    ...(storageState === undefined ? {} : { storageState }),
  });
  const page = await context.newPage();
  page.setDefaultTimeout(reachTimeoutMs);
  return page;
}

async function reach({ stage }: Studio, shot: Shot, page: Page): Promise<void> {
  const path = typeof shot.path === "string" ? shot.path : await shot.path(stage);
  await page.goto(new URL(path, stage.masterUrl).href);
  await shot.reach(page, stage);
}

/** Also where a dialog lies over the switch. @returns false where the page has none */
function switchLanguage(page: Page, language: string): Promise<boolean> {
  return page.evaluate((wanted) => {
    // The script runs in the page, whose types this program does not have.
    const { document } = globalThis as unknown as {
      document: { documentElement: { lang: string }; querySelector(selector: string): { click(): void } | null };
    };
    const button = document.querySelector("#language");
    button?.click();
    return document.documentElement.lang === wanted && button !== null;
  }, language);
}

async function sessionOf(
  { browser, stage, sessions }: Pick<Studio, "browser" | "stage" | "sessions">,
  who: NonNullable<Shot["signedIn"]>,
): Promise<StorageState> {
  const key = who === "admin" ? "admin" : who.teacherOf;
  const known = sessions.get(key);
  if (known !== undefined) return known;
  const token =
    who === "admin"
      ? adminToken
      : (await stage.admin<{ teacher_token: string }>("POST", `/api/classes/${who.teacherOf}/teacher-token`)).teacher_token;
  const context = await browser.newContext();
  const answer = await context.request.post(`${stage.masterUrl}/api/session`, { data: { token } });
  if (!answer.ok()) throw new Error(`signing in as ${key}: ${answer.status()} ${await answer.text()}`);
  const { role } = (await answer.json()) as SessionInfo;
  if (role !== (who === "admin" ? "admin" : "teacher")) throw new Error(`signed in as ${role}`);
  const state = await context.storageState();
  await context.close();
  sessions.set(key, state);
  return state;
}
