import { fold } from './vocabulary/fold.ts';
import { givenNames } from './vocabulary/given-names.ts';
import { isSurnameShaped } from './vocabulary/surnames.ts';

const NAME_LENGTH_MAX = 64;

/** Whether a whole value may be a person's name: what is asked of a value whose key says that it is one. */
export function isPersonName(text: string): boolean {
  if (text.length < 2 || text.length > NAME_LENGTH_MAX || notNames.test(text)) return false;
  return /^[\p{L}\p{M}][\p{L}\p{M}'’.,·・\- ^]*$/u.test(text) && text.split(/[ ^]+/).length <= 6;
}

/**
 * Whether a whole value is a person's name by itself: two to four words, each with a capital, of which the first, or behind a comma
 * the second, is a known given name; or a Chinese, Japanese or Korean name by its surname.
 */
export function isSurelyPersonName(text: string): boolean {
  if (!isPersonName(text)) return false;
  const words = text
    .replace(honorific, '')
    .split(/[ ,]+/)
    .filter((word) => word !== '');
  if (words.length === 1) return isEastAsianName(text);
  if (
    words.length > 4 ||
    !words.every((word) => /^\p{Lu}|^(?:de|da|di|van|von|der|den|del|la|le|bin|al)$/u.test(word))
  )
    return false;
  if (words.some((word) => notSurnames.has(word.toLowerCase()))) return false;
  if (/\p{Script=Cyrillic}|\p{Script=Greek}/u.test(text)) return true;
  const isGiven =
    isGivenName(words[0] ?? '') || (text.includes(',') && isGivenName(words[1] ?? ''));
  return (
    isGiven ||
    (honorific.test(text) && words.length > 0) ||
    (words.length > 1 && isSurnameShaped(words.at(-1) ?? '')) ||
    (words.length === 3 && /^\p{Lu}\.?$/u.test(words[1] ?? ''))
  );
}

/** Whether a capitalised word is a common given name; of a double name the first part counts. */
export function isGivenName(word: string): boolean {
  const [first = ''] = word.split(/[-'’]/);
  return givenNames.has(fold(first));
}

export const honorific =
  /^(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Dame|Lord|Lady|Rev|Fr|Sr|Sra|Srta|Don|Doña|Herr|Frau|Mme|Mlle|Madame|Monsieur|M|Señor|Señora|Sig|Signor|Signora|Sra|Dott|Pan|Pani|Dhr|Mevr|Mevrouw|Meneer|Senhor|Senhora|Bay|Bayan)\.? +(?=\p{Lu})/u;

// The 60 most common surnames of China, in either script, and of Korea and Japan by their first character.
const eastAsianSurnames =
  /^(?:[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤張劉陳楊黃趙吳孫馬鄭羅謝韓馮鄧許葉蘇盧鍾譚陸范賈鄒閻龍賀顧龔萬錢嚴湯][\p{Script=Han}]{1,2}|欧阳\p{Script=Han}{1,2}|司马\p{Script=Han}{1,2})$/u;
const japaneseName =
  /^(?:佐藤|鈴木|高橋|田中|伊藤|渡辺|渡邊|山本|中村|小林|加藤|吉田|山田|佐々木|山口|松本|井上|木村|林|斎藤|斉藤|清水|山崎|森|池田|橋本|阿部|石川|山下|中島|石井|小川|前田|岡田|長谷川|藤田|後藤|近藤|村上|遠藤|青木|坂本|福田|太田|西村|藤井|金子|三浦|岡本|藤原|中川|中野|原田|松田|竹内|小野|田村|和田|石田|森田|上田|原|内田|柴田|酒井|宮崎|横山|高木|安藤|宮本|大野|小島|谷口|工藤|今井|高田|増田|丸山|杉山|村田|大塚|新井|小山|平野|藤本|河野|上野|野口|武田|松井|千葉|岩崎|菅原|木下|久保|佐野|野村|松尾|市川|菊地|杉本|古川|大西|島田|水野|桜井|高野|吉川|山内|西田|菊池|北村)[ \u3000]?[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]{1,4}$/u;
const koreanName =
  /^[김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민나진지엄채원천방공현함변염여추도소석선설마길연위표명기반라왕금옥육인맹제모][\p{Script=Hangul}]{1,2}$/u;

export function isEastAsianName(text: string): boolean {
  return eastAsianSurnames.test(text) || japaneseName.test(text) || koreanName.test(text);
}

const notNames =
  /^(?:n\/?a|none|null|unknown|anonymous|admin|administrator|root|system|test|user|guest|default|bot|undefined|true|false|string|self|public|private|everyone|other|various|team|support|internal|external|active|inactive|pending|male|female|yes|no)$|\b(?:Inc|LLC|Ltd|GmbH|Corp|Corporation|Company|University|Bank|Hospital|Clinic|Department|Team|Service|Services|Group|Foundation|Server|System|Systems|Labs|Technologies|Solutions|Agent|Bot|Assistant|Tool)\b\.?/iu;

/** Words with a capital that are no surnames: what makes `Virginia Beach` a place and `Jordan Peak` none either. */
export const notSurnames: ReadonlySet<string> = new Set(
  `street st avenue ave road rd boulevard blvd lane ln drive court ct way place plaza square park river lake beach city town county state island islands mountain mountains mount valley bay creek hill hills springs falls forest bridge airport station
   university college school hospital clinic church center centre hotel restaurant museum library theater theatre stadium tower building house hall room
   january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday
   inc llc ltd corp corporation company co group bank holdings partners associates gmbh sa ag plc foundation institute association society club team union department ministry office agency council committee
   api sdk http https json xml sql server client service services system systems app application framework library module package function class method error exception warning request response agent bot assistant tool tools
   north south east west northern southern eastern western central united states kingdom republic america american english french german spanish italian chinese japanese
   is was are were has had will would can could should and or but the a an of in on at to for from with by as this that these those it its not no yes please thank thanks hello hi dear best kind regards sincerely
   airlines airways motors electric energy media news times journal post magazine records studio studios pictures entertainment games software technology technologies labs data cloud network networks security
   texas florida california virginia carolina dakota york jersey mexico hampshire orleans angeles francisco diego antonio jose vegas paris london berlin madrid rome`.match(
    /\S+/g,
  ) ?? [],
);
