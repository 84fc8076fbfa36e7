// How a slave is added, step by step.
import type { Texts } from "../common/language.ts";

export const addWays = ["clone", "docker", "same"] as const;
export type AddWay = (typeof addWays)[number];

interface AddTexts {
  readonly title: string;
  readonly intro: string;
  readonly way: string;
  readonly ways: Readonly<Record<AddWay, string>>;
  readonly address: string;
  readonly addressHint: string;
  readonly addressWrong: string;
  readonly loopback: string;
  readonly secret: string;
  readonly secretHint: string;
  readonly show: string;
  readonly hide: string;
  readonly secretNotForEnv: string;
  readonly withoutSecret: string;
  readonly clonePrepare: string;
  readonly cloneRun: string;
  readonly dockerEnv: string;
  readonly dockerRun: string;
  readonly dockerPorts: string;
  readonly dockerFirst: string;
  readonly sameDocker: string;
  readonly sameCount: string;
  readonly sameClone: string;
  readonly sameCloneHint: string;
  readonly ports: string;
  readonly commandOf: Readonly<Record<AddWay | "env" | "scale" | "prepare", string>>;
  readonly appears: string;
  readonly waiting: string;
  readonly joined: (name: string) => string;
}

export const addTexts: Texts<AddTexts> = {
  en: {
    title: "Add a slave",
    intro: "A slave is a PC that sends the picture to students. Any number of them share the work, and each can take over from another.",
    way: "Where and how",
    ways: { clone: "Another PC", docker: "Another PC, with Docker", same: "The master’s PC" },
    address: "Address of the master",
    addressHint: "As the other PC reaches it in the school's network.",
    addressWrong: "An address looks like http://192.168.1.10:8000.",
    loopback:
      "No other PC reaches this address. Put in the address that the master’s PC has in the school's network, for example http://192.168.1.10:8000.",
    secret: "Cluster secret",
    secretHint:
      "CLUSTER_SECRET: on the master's PC in the file .env, or in the variable with which the master was started. It completes the commands below and never leaves this page.",
    show: "Show the secret",
    hide: "Hide the secret",
    secretNotForEnv: "This secret has quotes or backslashes, which .env files cannot hold safely. Choose one by: openssl rand -hex 24",
    withoutSecret: "Type the secret above: until then “…” stands in its place.",
    clonePrepare: "On the other PC, with a clone of AIRClass and ffmpeg, once:",
    cloneRun: "Then, in the same folder:",
    dockerEnv: "On the other PC, with a clone of AIRClass and Docker: put these lines into a file named .env in its folder.",
    dockerRun: "Then, in the same folder:",
    dockerPorts: "It uses the ports 8888 (students), 1935 (gateway) and 8000 (health) of that PC.",
    dockerFirst:
      "Where the master runs by docker-compose.yml, its own slaves must be let out to talk to other PCs: SLAVES_INTERNAL=false in the .env there, then docker-compose down and up -d when no class is on.",
    sameDocker: "Where the master was started by docker-compose, in the same folder. Classes go on meanwhile.",
    sameCount: "Slaves on that PC afterwards",
    sameClone: "Without Docker, beside what runs there already:",
    sameCloneHint: "Every slave of one PC needs its own ports and folder.",
    ports: "Students must reach port 8888 of that PC, the master and other slaves 1935 and 8000, too.",
    commandOf: {
      clone: "Command for another PC",
      docker: "Command for another PC with Docker",
      same: "Command for the master’s PC",
      env: "Lines of the file .env",
      scale: "Command for more slaves with Docker",
      prepare: "Command that prepares the clone",
    },
    appears: "The slave appears on this page by itself.",
    waiting: "Waiting for a new slave …",
    joined: (name) => `${name} has joined.`,
  },
  ko: {
    title: "슬레이브 추가",
    intro: "슬레이브는 학생에게 영상을 보내는 PC입니다. 여러 대가 일을 나누고, 한 대가 고장 나면 다른 슬레이브가 이어받습니다.",
    way: "추가할 곳과 방법",
    ways: { clone: "다른 PC", docker: "다른 PC (Docker)", same: "마스터 PC" },
    address: "마스터 주소",
    addressHint: "다른 PC가 학교 네트워크에서 접속하는 주소입니다.",
    addressWrong: "http://192.168.1.10:8000 같은 주소를 입력해 주세요.",
    loopback: "다른 PC에서는 이 주소로 접속할 수 없습니다. 마스터 PC의 학교 네트워크 주소를 입력해 주세요. 예: http://192.168.1.10:8000",
    secret: "클러스터 비밀 키",
    secretHint:
      "CLUSTER_SECRET 값입니다. 마스터 PC의 .env 파일이나 마스터를 시작할 때 쓴 변수에 있습니다. 아래 명령을 완성하는 데만 쓰이며 이 페이지 밖으로 나가지 않습니다.",
    show: "비밀 키 보기",
    hide: "비밀 키 숨기기",
    secretNotForEnv:
      "따옴표나 역슬래시가 들어 있어 .env 파일에 안전하게 넣을 수 없습니다. 다음 명령으로 새로 만들어 주세요: openssl rand -hex 24",
    withoutSecret: "위에 비밀 키를 입력해 주세요. 그 전까지는 그 자리에 ‘…’이 표시됩니다.",
    clonePrepare: "다른 PC에 AIRClass 저장소와 ffmpeg를 준비하고 한 번만 실행합니다.",
    cloneRun: "같은 폴더에서 실행합니다.",
    dockerEnv: "다른 PC에 AIRClass 저장소와 Docker를 준비하고, 그 폴더의 .env 파일에 다음 내용을 넣습니다.",
    dockerRun: "같은 폴더에서 실행합니다.",
    dockerPorts: "그 PC의 8888(학생), 1935(게이트웨이), 8000(상태 확인) 포트를 사용합니다.",
    dockerFirst:
      "마스터를 docker-compose.yml로 실행했다면 그곳의 슬레이브가 다른 PC와 통신할 수 있어야 합니다. 마스터 PC의 .env에 SLAVES_INTERNAL=false를 넣고, 수업이 없을 때 docker-compose down 후 up -d를 실행해 주세요.",
    sameDocker: "마스터를 docker-compose로 시작한 PC에서 실행합니다. 그동안 수업은 계속됩니다.",
    sameCount: "마스터 PC의 전체 슬레이브 수",
    sameClone: "Docker 없이, 이미 실행 중인 것과 함께 쓸 때:",
    sameCloneHint: "한 PC의 슬레이브는 포트와 폴더가 서로 달라야 합니다.",
    ports: "학생은 그 PC의 8888 포트에, 마스터와 다른 슬레이브는 1935와 8000 포트에도 접속할 수 있어야 합니다.",
    commandOf: {
      clone: "다른 PC에서 실행할 명령",
      docker: "다른 PC에서 실행할 Docker 명령",
      same: "마스터 PC에서 실행할 명령",
      env: ".env 파일에 넣을 내용",
      scale: "Docker로 슬레이브를 늘리는 명령",
      prepare: "저장소를 준비하는 명령",
    },
    appears: "슬레이브가 연결되면 이 페이지에 자동으로 나타납니다.",
    waiting: "새 슬레이브를 기다리고 있습니다…",
    joined: (name) => `${name} 슬레이브가 참여했습니다.`,
  },
};
