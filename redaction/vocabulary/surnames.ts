/** What only surnames end with; a name of a place or a people ends otherwise. */
export const surnameEndings: readonly string[] =
  `kov nov rov lov tov sov mov dov gov pov vov kova nova rova lova tova sova mova dova pova gova nev yev iev eev eva ová odina ylova ovina insky ovsky evsky owski ewski inski ński cki cka
   wicz vich vić ović ević jić nić lić kić šić rić tić zić czyk czak enko chuk shvili adze idze nyan kyan sian oglu oğlu sson dóttir dottir anen enen inen onen unen ynen änen önen
   escu eanu quist qvist kvist ström strøm lund gren berg gård gaard bakken mann stein bauer meier maier baum opoulos poulos akis etti ucci acci elli ández índez ínez andez indez inez
   guez ález érez írez ópez alez erez irez opez eira mæst vold nsen rsen lsen ssen dsen tsen ksen gsen bsen nyi ssy szky`.match(
    /\S+/g,
  ) ?? [];
const surnameEnding = new RegExp(`\\p{Ll}(?:${surnameEndings.join('|')})$`, 'u');

/** Whether a capitalised word ends as surnames of many countries do. */
export function isSurnameShaped(word: string): boolean {
  return surnameEnding.test(word);
}
