/** Common given names of many countries, in Latin letters, for telling a name from two other capitalised words. */
export const givenNames: ReadonlySet<string> = new Set(
  `aamir aaron abbas abby abdallah abdelkader abdi abdirahman abdul abdullah abel abena abhishek abigael abigail abraham achim ada adaeze adalbert adam
   adamu adele adelheid adelina adelino aderyn adil aditi aditya adnan adolfo adria adrian adriana adrianna adrien aenea afonso agata agathe agnes agneta
   agnieszka agostino agustin ahmad ahmed ahmet aida aidan aiden aike aiko aileen aimee aine aino airi aisha aishwarya ajay akash akhil akiko akin akira
   akua alain alaina alan alana alastair alba albano alberico albert alberto albin aldo aldona alec aled aleix alejandra alejandrina alejandro aleksandar
   aleksander aleksandr aleksandra aleksi alen alena alessandra alessandro alessia alessio alex alexander alexandra alexandre alexandros alexandru alexei
   alexey alexia alexis alfie alfons alfonso alfred alfredo algirdas ali alice alicia alin alina alisha alison alissa alistair allan allegra allen
   allison alma alois aloisio alojz alperen alrun althea alvaro alvin alwin alyssa amadou amalia amalie amanda amandine amani amar amara amaya amber
   ambrose ameer amelia amelie ami amina aminata amir amit amparo amy ana anabel anais anan anand ananya anastasia anca anders anderson andjela andor
   andre andrea andreas andreea andrei andrejs andres andrew andrey andris andrzej andy aneta angel angela angelica angelika angelina angelo angelos
   angie angus anibal aniela anika aniket anil anisa anita anja anjali ankit ann anna annabel annabelle annalena anne anneke anneli annelies annemarie
   annette annie annika ansel anselm anshul ante anthony antje antoine antoinette anton antonella antoni antonia antonin antonio antti anuj anushka anya
   aoife apostolos april aranka archana archie arek ariana ariel arina aris aristide arjun arlene arlind armando armin arnaud arne arnold arpad arseniy
   artem arthur artiom artur arturo arturs arun arvid arvo arwen arya asha asher ashley ashok asif asmund astri astrid asuka athanasios atle atsushi atte
   attila aubrey audrey audrius augustin aurelia aurelie aurelien aurelio aurora ausra austin ava avery avi aviva axel axelle ayaan aycan aygul ayla
   aylin ayse ayumi aziz azra bahar balazs balint baptiste barbara barbora barnabas barry bart bartholomew bartosz basak bashir bastian bastien bea beata
   beate beatrice beatriz becky bekir bela belen belinda ben benas bence bendik benedetta benedict benedikt bengt benita benjamin bennett benny benoit
   berit berk bernadette bernard bernardine bernardo bernd bernhard bernice bert bertha bertil bertram beth bethany bettina betty beverly bhavna bianca
   bilal bilge bill billy birger birgit birgitta birk birta bjarne bjarni bjork bjorn blake blanca blaz blazej bob bobby bodil bogdan bogna bohdan bojan
   boleslaw bonnie borbala boris borislav borna bostjan bozena brad bradley brandi brandon brandy branislav branka branko brenda brendan brent brett
   brian briana brianna bridget brigitte britney brittany bronislav bronwyn brooke bruce bruna brunhilde bruno bryan bryce bryn bulent burak burcu busra
   byron cagla caitlin caleb callum calvin cameron camila camille camilo candace candice cansu carina carl carla carlo carlos carlota carly carmela
   carmen carol carole carolina caroline carolyn carrie carter casey caspar cassandra catalin catalina catarina caterina cathal catherina catherine cathy
   catriona cebrail cecile cecilia cedric celeste celia celine cemal ceren cesar cezary chad chandra chantal chantel charlene charles charlie charlotte
   chase chelsea chen cheng cherie cheryl chiara chiyo chizuru chloe chris christa christel christelle christian christiane christin christina christine
   christof christoph christophe christopher christos christy chuck chukwuemeka cian ciara cillian cindy cinzia ciprian ciro claire clara clarence
   clarissa claude claudia claudio claus clayton clelia clemence clemens clement cleo clifford clinton cliona clive clyde cody colette colin colleen
   conchita connie connor conor conrad constance cora cordula corentin corey corina corinne cornel cornelia cory cosima cosmin courtney craig cristian
   cristiana cristiano cristina crystal csaba csilla curtis cynthia cyprian cyril dagmar dagny daiki daisuke daisy dakota dale dalia dalibor damian
   damien damir damjan dan dana danail daniel daniela daniele danielle danijel danijela danilo danny danuta daphne dara darcy daria darija dario darius
   dariusz darko darlene darragh darrell darren darryl dave david davide davit dawid dawn dean deanna debbie debora deborah debra deepa deepak deirdre
   deividas delia delphine denis denisa denise deniz dennis derek derrick derya desiree desislava destiny detlef devika devin devon devrim dewi dhruv
   diana diane dick didier diego dieter dietrich dijana dilara dilip dimitar dimitra dimitri dimitris dimosthenis dina dinesh dirk divya dmitri dmitry
   dobromir dogan dolores domenico dominic dominik dominika dominique don donald donatella donato donna donncha dora doreen doris dorota dorothea dorothy
   dorte doug douglas dovile dragan dragana dragos drazen drew duane dubravka duncan dusan dusko dustin dwayne dwight dylan dzenan earl ebba ebony ebru
   eckhard edda eddie edgar edgaras edina edit edith edmund edna edoardo edouard eduard eduardo edward edwin eero eetu efrain efstathios egil eglantine
   egle egor eileen eilidh eimear einar eino eirik eitan ekaterina ekin elaine elchin eleanor eleftheria elena eleni eleonore elfriede eliana elias elif
   eligiusz elijah elin elina elisa elisabet elisabeth elisabetta elise eliska eliza elizabeth elke ella ellen ellie elliot elliott elmar elmer elodie
   eloise elsa elsbeth elsie elvira emanuele emeka emese emil emilia emiliano emilie emilija emilio emily emin emma emmanuel emmanuelle emmi emre ena
   endre enikoe enrica enrico enrique enzo eoin ercan erdem ergun eric erica erich erick erik erika erin erkki erlend ermanno ernest ernestine ernesto
   ernst erwan erwin erzsebet esben eskil esmeralda esra esteban estelle ester esther estrella eszter ethan ethel etienne eugen eugene eugenia eugenio
   eulalia eunice eva evan evangelia evangeline evelina evelyn evgeni evgenia evgeny ewa ewan ewelina eyal eyup fabian fabiana fabien fabienne fabio
   fabrice fabrizia fabrizio fadi fahad faisal faith fanny farah farid farida faruk fatema fatima fatma fausta fausto federica federico felicia felicity
   feliks felipe felix femke ferdinand ferenc fergus fernanda fernando ferran filip filippa filippo finbar finn fiona fionn fiorella firat flavia flavio
   fleur floortje flor flora florence florentin florian floyd folke fouad frances francesca francesco francine francis francisca francisco franck franco
   francois francoise franek franjo frank frankie franklin frantisek franz franziska fraser frauke fred freddie frederic frederick frederik fredrik freya
   frida frieda friedrich frithjof fritz fuat fumiko gabor gabriel gabriela gabriele gabriella gabrielle gabrijela gaetan gaetano gail galina gareth
   garrett gary gaspard gaurav gauthier gavin gavril gediminas geert gemma gene genevieve genoveva geoff geoffrey geoffroy george georges georgi georgia
   georgina georgios gerald geraldine geraldo gerard gerardo gerd gerda gergely gerhard gerlinde germana gerrit gert gertrud gertrude ghislaine giacomo
   giada gianluca gianna gianni gideon gilbert gilles gina ginevra gintaras giorgi giorgia giorgio giovanna giovanni gisela gita gitte giulia giuliana
   giuliano giulio giuseppe gizem gladys glen glenda glenn gloria gokhan gonzalo goran gordana gordon gosia gottfried goutam grace graham grant grazia
   graziella grazyna greg gregor gregory greta gretchen gretel grigore grigori grzegorz guadalupe gudrun guido guilherme guillaume guillem guillermo
   gulsen gunda gunnar gunnhild gunter gunther gustaf gustav gustavo guy gwen gwendolyn gyorgy gyula haakon hadiza hadley hafsa hailey hakan hakim hakon
   haley halima halina halvard hamid hamza han hana hanka hanna hannah hanne hannele hannelore hannes hans hansjorg hao harald haralds hardik hari harold
   harri harriet harriett harris harrison harry harshita hartmut haruka haruki haruto harvey hasan hassan hatice havva hayden hazel heather hector hedda
   hedvig hedwig heidi heidrun heike heikki heiko heimo heinrich heinz helen helena helene helga helge helle helmut hendrik hennie henning henri
   henrietta henriette henrik henrike henrique henry herbert heribert herman hermann hermine hermione hernan hideki hideo hila hilary hilda hildegard
   hilke hiroko hiroshi hiroto hitomi holger holly hope horst howard hrvoje hubert huda hugh hugo hulya humberto huong huseyin hussein hyun iain ian
   iason ibolya ibrahim ida idris ieva ignacio igor ihor ikram ilaria ildiko ilija ilona ilse ilya imani imke immanuel imran imre inbar indira indre ines
   inga inge ingeborg ingemar inger ingo ingrid ingunn inka inna ioan ioana ioannis iolanda ionut iosif ira irena irene ireneusz irina iris irma irmgard
   irving isaac isabeau isabel isabela isabell isabella isabelle isadora isaiah isaura isidora ismael ismail ismet isolda istvan itziar ivan ivana ivanka
   ivar ivelina ivica ivo ivona ivonne ivy iwona izabela izumi jaakko jace jacek jacinta jack jackie jackson jacob jacopo jacqueline jacques jade
   jadranka jadwiga jagoda jaime jake jakob jakov jakub jalal jamal james jamie jan jana jane janet janez janice janina janine janis janko janne jannik
   janos janusz jared jarmila jaromir jaroslav jaroslaw jasmin jasmina jasmine jasna jason jasper javier jay jean jeanette jeanne jeff jefferson jeffery
   jeffrey jelena jelle jenna jennie jennifer jenny jens jeremiah jeremias jeremy jeroen jerome jerry jerzy jesper jess jesse jessica jessie jesus jette
   jia jill jim jimmy jin jiri jitka jo joachim joakim joan joana joann joanna joanne joao joaquim joaquin jocelyn jochen jodi jody joe joel joelle joerg
   johan johann johanna johannes john johnathan johnny jolana jolanta jon jonas jonathan jonna jordan jordi jorge jorgen joris jorma jose josef josefa
   josefina josefine joseph josephine josh joshua josie josip joska josue jovan jovana joy joyce jozef jozsef juan juana juanita judit judith judy juha
   juhani jukka jules julia julian juliana julianna julianne julie julien juliet juliette julio julius juliusz june jung jurgen jurgita juri jussi justin
   justina justine justyna jutta jyrki kaare kacper kadir kai kaisa kaitlyn kaj kaja kalina kalle kamal kamil kamila kamilla kara karel karen kari karim
   karin karina karl karla karol karolina karoline karsten kasia kasimir kaspar kasper katalin katarina katarzyna kate katerina kateryna katharina
   katherine kathleen kathrin kathryn kathy katia katie katinka katja katrin katrina katrine katya kay kayla kazimierz kazuki kazuo keiko keisha keith
   kelli kellie kelly kelsey kelvin kemal ken kenan kendra kenichi kenji kenneth kenny kent kenta kerem kerry kerstin ketil kevin khadija khaled khalid
   kiara kieran kim kimberly kimmo kinga kiran kiril kirill kirk kirsten kirsti kirsty kjell kjersti klara klaudia klaudiusz klaus klemens knud knut koen
   kofi koichi koji konrad konstantin konstantina konstantinos korbinian kornelia kostas krista kristaps kristen kristi kristian kristiina kristin
   kristina kristine kristjan kristof kristoffer krisztian krisztina krystal krystyna krzysztof ksenia kubilay kumiko kunal kurt kwabena kwame kyle kylie
   kyoko lachlan ladislav laila lajos lakshmi lalitha lamar lamine lana lance lara larissa larry lars lasse laszlo latoya laura laure lauren laurence
   laurens laurent lauri laurids laurie laurits laurynas lavinia lawrence laxmi layla lea leah leandro lee leena leif leigh leila lela lena lene leni
   lenka lennart leo leon leona leonard leonardo leonhard leonid leonie leonor leopold leroy leslie leszek leticia lev levente levi lewis lia liam liana
   lidia lidija lidiya lieke liesel lieselotte ligia liina liisa lila lili lilian liliana lilja lillian lilly lily lin lina linas lincoln linda lindsay
   lindsey ling linnea linus lionel lisa lisbeth liselotte liv livia livija liz liza ljiljana ljubica lloyd logan loic lois lola lonnie loren lorena
   lorenz lorenzo loretta lori lorraine lothar lotta lotte lou louis louisa louise lourdes luana luca lucas lucia lucian luciana luciano lucie lucija
   lucille lucinda lucjan lucrezia lucy ludger ludmila ludovic ludwig luigi luis luisa luiz luka lukas lukasz luke luna luther lutz lydia lyle lynn lynne
   lyubomir lyudmila maarit maarten mabel maciej mack mackenzie madalina maddalena madeleine madeline madhavi madis madison mads maeve magali magda
   magdalena magnhild magnus mahmoud maija maike maja makoto malcolm malgorzata malik malin mallory malte malwina mamadou manca mandla mandy manfred
   manja manoj manuel manuela mara marc marcel marcela marcelo marcia marcin marco marcos marcus marek maren margaret margareta margarete margarida
   margarita margaux margherita margit margot margrethe marguerite maria mariam marian mariana marianne maribel marie marieke mariella marija marijan
   marika marilena marilyn marin marina marinela mario marion marisa marisol marissa marit marius mariusz marja marjan marjolein marjorie mark markku
   marko markus marlene marlies marlon marsha marta marte marten martha martin martina martine martti marvin mary maryam marzena masako masashi massimo
   mateja mateo mateus mateusz mathias mathieu mathilde matias matilda matilde matko matt matteo matthew matthias matthieu matti mattias maud maura
   maureen maurice mauricio maurits maurizio max maxim maxime maximilian maxine maya mayumi mechthild meera megan megumi mehdi mehmed mehmet mei meike
   melanie melek melike melina melinda melissa melody mercedes mercy meredith meret merete merima merja merle mert merve meryem mia michael michaela
   michal micheal michel michela michele micheline michelle michiel michiko mickael midori miguel mihaela mihai mihail mika mikael mike mikhail mikkel
   mikko miklos mikolaj mila milada mildred milena miles milica miljan milos miloslav milton mina mindy ming minh minna mira miranda mireille mirela
   miriam mirjam mirka mirko miro miroslav miroslava misaki mitchell mitja mitsuko miyuki modesta mohamed mohammad mohammed mohan moira moises mojca
   mollie molly mona monica monika monique morgan moritz morten moses mostafa mounir mubarak muhammad muhammed munir murat muriel mustafa mya myra myriam
   myrtle nadezhda nadia nadine nadir nadja naim naoki naoko naomi narendra narges nariman nasrin nastja natalia natalie nataliya natasa natascha natasha
   natasja nathalie nathan nathaniel nazli neal neda neha neil nela nele nelly nelson nenad nerea nermin nesrin neva nevena neville nguyen nia niall
   niamh nicholas nick nicki nicola nicolai nicolas nicole nicoletta niels nigel nihat nijole nikhil niki nikita niklas niko nikodem nikola nikolai
   nikolaj nikolaos nikolas nikoleta nikolett nikos nilgun nils nilufer nina nino nisha noah noam noel noelia noelle noemi noomi nora norbert noriko
   norma norman nour nuno nuria nurten oana octavia octavian octavio oddvar odette oguz oksana ola olaf olav oleg oleh oleksandr olena olga olive oliver
   olivia olivier oliwia olle olof omar onur ophelia orhan oriol orlando orsolya oscar oskar osman ossi ostap othmar ottavio ottilie otto owen oyvind
   ozan ozge ozgur pablo padraig paige paivi palmi paloma pam pamela panagiotis paola paolo parker pascal pascale pasquale pat patrice patricia patricio
   patrick patrik patrizia patryk patsy patti patty paul paula paulette paulina pauline paulius paulo pavel pavla pavle pavlina pavlos pawel payam pearl
   pedro peggy pekka pelin penelope penny per percy perla perry petar peter petr petra petri petronela petros petru petter philip philipp philippa
   philippe phillip phoebe phyllis pia piero pierre pieter pietro pilar pinar piotr piroska plamen pola polina polly polona pooja pradeep prakash pranav
   predrag preston priit priscilla priya przemyslaw quentin quincy quinn rachael rachel rachelle rachid radek radim radka radmila radomir radoslav
   radoslaw radu rafael rafaela rafal rafik ragna ragnar ragnhild rahel rahul raimo raimund rainer raissa raivo raj raja rajesh rajiv ralf ralph ram
   ramazan ramesh rami ramon ramona ramunas rana randall randy ranka raphael raquel rashid rasmus ratko raul rauno ravi ravil ray raya raymond reagan
   rebecca rebeka rebekah recep reetta regina reginald regine reidar reijo reiko reima reinhard reinhold reinier remco remi remy rena renata renate
   renato renaud rene renee renzo reto reza rhonda riadh ricardo riccardo richard rick ricky rigmor riikka riina riitta rikard rikke riku rina rita ritva
   rob robert roberta roberto robin robrecht rocio rod roderick rodica rodney rodolfo rodrigo rogelio roger rohan rohit roland rolf romain roman romana
   romano romuald ron ronald ronda ronja ronnie rory rosa rosalia rosalie rosalind rosanna rosaria rosario rosemarie rosemary roser rosie rosina ross
   roswitha rowan roxanne roy roza rozalia ruben ruby rudi rudiger rudolf rudy rufus rui rumen rumyana runar rupert ruslan russell rustam ruta ruth
   ruzica ryan ryo ryszard saara sabina sabine sabrina sachiko sadie sadik safiya sahra said saif sakari sakura salih salim sally salma salome salvador
   salvatore sam samantha samir samira sammy samuel samuli sander sandra sandrine sandro sandy sanja sanjay sanna santeri santiago santos sara sarah sari
   sarita sasa sasha saskia satoshi satu saul savannah saverio scarlett scott sean sebastiaan sebastian sebastien sebnem seija selena selim selin selina
   selma senad serap serdar serena serge sergei sergey sergio seth seung severin seyed sezen shahid shane shankar shannon sharon shaun shawn sheila
   shelby sheldon shelley sherry shigeru shinji shira shirin shirley shiro shivani shlomo sho shoko shota shu sibel sibylle sidney siegfried sierra
   sigbjorn sigfrid sigmund signe sigrid sigurd siiri silas silje silke silva silvana silvia silvio simeon simge simon simona simone simran sindre sinead
   sini siobhan siri sirkka siv sky slavica slavko slawomir slobodan snezana sofia sofie sofija solange soledad solveig sonia sonja sonya sophia sophie
   soraya soren sorin spela spencer spyridon stacey stacy stan stanimir stanislav stanislaw stanley stavros stefan stefania stefanie stefano steffen
   stein steinar stella stepan stephan stephane stephanie stephen sterling steve steven stewart stian stig stine stipe stojan stoyan stuart stylianos sue
   sujata sumaya sumit sunil sunita suraj suresh susan susana susann susanna susanne susie suzanne suzuki svein sven svend svenja svetlana svetoslav swen
   sylvain sylvester sylvia sylvie sylwia szabolcs szilvia szymon tabitha tadej tadeusz takashi takeshi takumi talia tamar tamara tamas tami tammy tania
   tanja tanya tapio tara taras tarek tariq tarja taro tatiana tatjana tatsuya tatyana taylor ted teemu temitope teodor teodora teresa tereza terhi tero
   terrance terrence terri terry tess tessa tetiana thabo thea theo theodor theodora theodore theodoros theresa therese thi thiago thibault thierry thilo
   thomas thomasina thora thorbjorn thorsten thorvald tiago tibor tiffany tihana tihomir tiina tijana tilda tilman tim timea timo timofey timothy timur
   tina tinde tiziana tjerk tobias toby todd todor tom tomas tomasz tomi tomislav tommaso tommy tomoko toni tonje tonko tony tonya tor torben torbjorn
   tord tore torhild torsten torunn toshiko toshio tove tracey traci tracy traian travis trevor tricia trine tristan trond troy trudy truls trygve
   tsvetan tuan tudor tuija tuomas tuula tyler tyrone ugo ugur ulf ulla ulrich ulrik ulrika ulrike umar umberto umut unai urs urska ursula urszula ute
   uwe vaclav vadim vahid vaidas valdis valentin valentina valeria valerie valerija valerio valeriy valery valter vanda vanessa vanja vasco vasil vasile
   vasiliki vasilios vasily vebjorn vedran veera veerle veikko velibor velimir venla vera verena verica vernon veronica veronika veronique vesa vesela
   veselin vesna vicente vicki vickie vicky victor victoria viet vigdis viggo viivi vijay vikram viktor viktoria viktorija vilde vilem vilhelm vilja
   ville vilma vince vincent vincenzo viola violet violeta violetta virgil virginia virginie virpi vishal vitali vitalii vito vittoria vittorio vivek
   viveka vivian viviana vivien vivienne vlad vladan vladimir vladislav vlado vlasta vlatka vojtech volkan volker vuk vytautas wade walburga waldemar
   waldo waleed walid walter waltraud wanda ward warren wassim wayne wei wenche wendelin wendy wenke werner wesley whitney wiebke wieslaw wiktor wiktoria
   wilbur wilfred wilfried wilhelm wilhelmina will willem william willie wilma wim winfried winifred winston witold wladyslaw wojciech wolf wolfgang
   wouter wyatt xavi xavier ximena xin yael yagmur yahya yan yana yang yanis yann yannick yannis yara yaroslav yasemin yasin yasmin yasmine yasuko yavuz
   yelena yigit yildiz ylva yohan yoko yolanda yoshiko youssef yuan yui yuki yukiko yuko yulia yuliya yumi yuri yusuf yves yvette yvonne zachary zack
   zafer zahra zainab zane zaneta zara zbigniew zdenek zdenka zdravko zehra zeki zeljka zeljko zeynep zhang zilvinas zita zlata zlatko zoe zofia zoltan
   zora zoran zorica zsofia zsolt zsuzsanna zuzana zuzanna zvonimir zygmunt`.match(/\S+/g) ?? [],
);
