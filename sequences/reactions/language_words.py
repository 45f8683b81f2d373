"""Common words of one-liners in other languages, and of English. Read by ``language`` and ``english`` beside it.

Function words, and the words of answers to a recruiter. Words that look the same in everyday English ("also", "die",
"hier", "pour", "was") are left out; those that are also a name, an abbreviation or a word that English speakers borrow
stand in HALF as well and tell half as much.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FOREIGN: Final = {
    "de": _words(
        """
        ich nicht und der das ist ein eine einen mich mir sie wir bitte danke nein ja kein keine keinen habe hab
        haben bin sind mit für auf auch noch mehr aber schon gerne gern interesse interessiert wäre würde können
        kann zur zum bei von vom wie wann vielen dank leider melden löschen stelle heute morgen aus dem den es euch
        ihre ihr gehalt wieviel verdient bedarf zahlt zahlen klingt ruhe falsche nummer abmelden gibt suche rufen
        schicken wer zeit arbeit passt sehr gefunden schreiben anrufen dich dir sich nix nichts nie moin tschüss
        urlaub woche nächste montag dienstag mittwoch donnerstag freitag samstag uhr stunde stundenlohn besetzt
        warum weil doch dann jetzt immer nur oder wenn guten freundlichen grüße rückruf dabei da klar genau natürlich
        vergeben hallo fall keinesfalls lieber später wieder erst verdienst arbeitszeit bewerbung stellenangebot
        hätte möchte könnte zu du ihm ihn uns unser unsere sein seine dein deine ihnen nach vor über unter zwischen
        ohne gegen durch bis seit während werden wird wurde wirst hatte waren sollte muss müssen darf soll wollen
        macht machen mache geht gehen gibts kommt kommen komme sagen wissen weiß denke glaube finde hört höre hör
        brauche brauchen nehmen lassen bleibt bleibe denn dort ganz gut schön schönen toll nun eben eigentlich
        vielleicht einfach wirklich diese dieser dieses jede alles etwas jemand niemand frage fragen antwort
        nachricht daten bewerben vertrag telefonieren überlege kollege kollegin firma adresse gerade frei sofort
        nächsten monat jahr
        spannend bezahlt anruf arbeiten arbeitest bewerbe mal mir's wo warte zugesagt teilzeit vollzeit gehaltlich
        umzug standort leider's angebot projekt zurzeit momentan derzeit mail's gruß gruss beste viele spät früh
        schicke schick meld stimmt schade quatsch mist jetzig anhang
        """
    ),
    "fr": _words(
        """
        je ne pas suis est les des une oui non vous nous merci bonjour avec votre vos mon ma mes cette ce plus très
        bien intéressé intéressée intéresse interesse pour quoi quel quelle beaucoup désolé désolée mais ça c'est
        d'accord salaire poste rappelez rappelle demain sur du aux recevoir contactez envoyez plaît puis-je arrêtez
        arrête laissez laisse tranquille mauvais numéro supprimez données emploi travail trouvé déjà cherche plaisir
        volontiers appelez appelle soir matin congé congés vacances lundi mardi mercredi jeudi vendredi samedi
        combien paie heure disponible qui êtes pourquoi loin trop bof rien jamais toujours aussi peux moi quand
        bonsoir salut pourvu tard horaires embauche peut voudrais besoin occupé elle ils elles leur leurs ses notre
        cet ces dans sans sous chez entre vers depuis pendant avant après être avoir fait faire fais vais allez
        aller pouvez veux voulez dois faut sais savoir crois pense prends prendre mets viens venir mieux peu assez
        seulement ici là où parce donc alors bonne bonnes journée madame monsieur personne adresse réfléchis partant
        preneur marche ouvert recrute cherchons avons sommes sont était serait serais année mois semaine jour jours
        aujourd'hui trompez retirez enlevez désabonner entreprise occupe écris écrire écrivez
        dispo stp svp se suite joignable reçu reçois tout tous toute trouve connais puis-je proposition offre coup
        pièce jointe rendez-vous dites envoie ça fait près et à de la le si me te lui au y en ou comme même encore
        souhaite souhaitez demande bon bureau
        """
    ),
    "es": _words(
        """
        el los las una que sí estoy gracias por favor para pero muy con mi su usted interesa interesado interesada
        quiero puede puedo cuánto cuándo dónde hola buenos buenas días tardes noches más esta este es ya tengo
        trabajo ahora momento llámame llámeme mañana mucho muchas sueldo saber información número equivocado lo
        siento baja mensajes pagan quién eres hora empiezo borra borrar datos déjame déjeme paz vale perfecto busco
        nada turno claro supuesto oportunidad sigo mándame encontré disponible nunca señor señora lunes martes
        miércoles jueves viernes sábado queda escriban escribas gusta gustaría ocupado vacaciones adiós soy cómo
        también ahorita oferta empleo textos qué yo tú él ella nosotros ellos ellas les unos unas sobre entre hasta
        desde cuando como donde porque todo todos nadie algo alguien otro otra ser estar está están somos fue tiene
        tienen tenemos hacer hago hace voy vamos quieren quisiera gustaria creo sé sabe digo dice mandar mande
        mándeme envíe envíeme enviar llamar llame busca buscando encontrado encuentro apunto cuente conmigo detalles
        moleste molesten molestar dejen deje dejar equivocó semana año hoy noche tarde bien mejor nuevo mismo aquí
        allí así aún todavía siempre persona empresa vemos igualmente salario cuánta dinero ocupada acepto aceptar
        de la y o si lejos cerca pago reunión puesto pronto saludos cordiales adjunto remoto presencial ni al del
        se te me nos os sin tras durante ante según hemos han ha he era eras fui vuelvo correo correos claro dime
        no di saca quitar suena queda llego luego genial
        """
    ),
    "nl": _words(
        """
        ik niet het een en van dank bedankt graag geen heb ben voor met maar ook nog wel je jij jullie u mij mijn
        deze dit dat zijn wil kan kunt meer nee interesse geïnteresseerd alstublieft alsjeblieft wat hoeveel wanneer
        verdient momenteel hoor bel belt bellen morgen mail helaas vacature zou willen hebben ja goed klinkt laat
        rust verkeerd nummer mailen lijkt leuk hij functie vervuld schrijf uit misschien waar prima tot baan werk
        behoefte stuur vertel uur vakantie vanmiddag vandaag groeten hoi dag welke naar bij niks niets altijd weer
        veel erg heel zeker uitschrijven stoppen salaris volgende maandag dinsdag woensdag donderdag vrijdag wie te
        al vanavond aub ze zij wij onze haar jouw uw waren heeft hebt hadden wordt worden zal zullen kunnen moet
        moeten mogen doet doen gaat gaan kom komt komen zeg weet denk vind vindt zie zoek zoekt nodig nou toch omdat
        zodat dus bijna onder tussen zonder tegen lijst haal hou houd ophouden sturen berichten verkeerde fijne fijn
        leuke mooi mooie iets niemand iemand alles andere dagen weken maand jaar vrij bezig ingevuld bericht
        telefoon bedrijf collega zit ligt erover erop eens zoiets nieuwe nieuw sms'en gewoon groet vriendelijke
        hartelijk
        de het op te om dan als of dit daar hier hun hen mijne momentje ver werken thuis kantoor beetje zoeken
        bellen contract salaris gesprek afspraak bijlage verzonden vanaf later liever blijf past doei tot zo eerst
        laten even doen we meer bel
        """
    ),
    "it": _words(
        """
        non mi interessa interessato interessata quanto pagate grazie chiamami domani ho già lavoro scrivetemi più
        volentieri chi sei numero sbagliato sono ferie cancellatemi dalla piacerebbe saperne di sì il che molto bene
        buongiorno certo quando dove anche stipendio disponibile perché adesso lasciatemi pace posso vorrei della
        sono siamo siete sei era ero hai abbiamo avete hanno avere essere fare fa faccio fate vuole voglio vogliamo
        può possiamo dobbiamo devo deve va vado andare viene vengo dire dico sapere mio mia miei mie tuo tua suo sua
        nostro nostra vostro vostra loro lui lei noi voi gli lo le una uno un nel nella nei alla al alle dal dai del
        dei delle degli degli sul sulla con per tra fra senza sotto sopra dopo prima oggi ieri sera mattina
        pomeriggio settimana mese anno lunedì martedì mercoledì giovedì venerdì sabato domenica ancora sempre mai
        solo troppo poco tanto tutto tutti niente nulla qualcosa nessuno questo questa quello quella come cosa chi
        quale quali ci vi ti se ma anzi però quindi allora magari forse purtroppo ottimo ottima perfetto benissimo
        d'accordo scusa scusi prego ciao salve saluti cordiali messaggio messaggi mandi mandami mandate ruolo
        azienda paga sede riunione cerco cercando lontano vicino offerta proposta annuncio posizione contratto
        sentirci sentiamo risentiamoci chiamo chiami scrivere basta lista dati persona
        """
    ),
    "pt": _words(
        """
        não tenho interesse interessado quanto paga obrigado obrigada liga amanhã já emprego quem estou férias sim
        quero mandem mais mensagens errado você vaga salário sou meu minha também trabalho onde bom boa agora muito
        sem nem mas ou se um uma uns umas os as dos das nos nas pelo pela com para pra por até sobre entre desde
        depois antes hoje ontem manhã tarde noite semana mês ano segunda terça quarta quinta sexta sábado domingo
        sempre nunca ainda só mesmo tudo nada algo alguém ninguém este esta isto isso esse essa aquele aquela aqui
        ali lá como quando qual quais por que eu ele ela nós eles elas me te lhe seu sua nosso nossa vossa teu tua
        ser estar ter fazer ir vir poder pode podem podemos posso quer queria gostaria gosto gostei é são era foi
        fui está estão estamos tem têm temos tinha vou vai vamos faço faz sei sabe acho parece fica ficar mandar
        manda mande enviar envie ligar ligo falar falamos procuro procurando trabalhar emprego empresa proposta
        perfeito ótimo claro certo abraço atenciosamente cumprimentos bom dia olá oi tchau desculpe desculpa
        demora pessoa mensagem anexo longe perto contrato remota presencial no na do da ao aos meus minhas
        """
    ),
    "pl": _words(
        """
        nie dziękuję tak chętnie ile proszę kontakt mam pracę jaka stawka kto zadzwoń jutro jestem urlopie pisać
        poproszę zainteresowany zainteresowana jest dzień dobry praca pracy już czy gdzie kiedy mogę szukam numer
        płacicie
        się na do w z o i a to ten ta te tego tej tym jak co bo ale lub albo oraz więc też także tylko jeszcze
        teraz dziś dzisiaj jutro wczoraj rano wieczorem tydzień tygodniu miesiąc rok poniedziałek wtorek środa
        czwartek piątek sobota niedziela zawsze nigdy bardzo trochę dużo mało wszystko nic coś ktoś nikt ja ty on
        ona my wy oni mnie mi mną ciebie ci tobie jego jej nas nam was wam ich im mój moja moje moich moim twój
        pan pani pana państwo państwa być był była było są jesteś jesteśmy będę będzie mieć ma masz mamy macie
        chcę chce chciałbym chciałabym może możemy można muszę musi wiem wie myślę szukasz pasuje brzmi dobrze
        świetnie jasne oczywiście niestety przepraszam pozdrawiam pozdrowienia witam cześć hej wiadomość wiadomości
        ofertę oferta firma firmie umowa pensja biurze daleko blisko zdalnie zdalna właśnie zmieniłem pogadamy
        oddzwonię podeślij wyślij wysłać dane listy dla przez przed po od za pod nad bez u przy ze we żeby kim skąd
        który która które dzięki spotkaniu zalezy zależy dni godzinie raz więcej
        """
    ),
    "sv": _words(
        """
        och att det som en ett är på för av med till den har de inte om var jag ni vi du han hon mig dig sig oss er
        dem mitt min mina din ditt dina sin hans hennes vår vårt våra era ert deras så kan ska skulle vill ville
        måste får fick går gick kommer kom gör göra tar ta ger vet tror tycker men eller när hur vad vem vilken
        vilket varför där här nu då inget ingen inga något någon några allt alla mycket mer mest lite bara också
        redan ännu aldrig alltid kanske ganska hellre gärna tack nej ja jo absolut tyvärr intresserad intresse
        intressant jobb jobbet jobbar tjänst tjänsten lön lönen ring ringa ringer ringas hör höra hörs skicka
        skickat skickar mejla mejl svar söker letar passar låter bra trevligt kul roligt dag idag imorgon igår
        kväll vecka veckan månad år måndag tisdag onsdag torsdag fredag lördag söndag semester möte sitter kontoret
        hej hejsan tjena hälsningar vänliga vänligen mvh fel långt bort från under över mellan efter innan sedan
        utan mot hos vid nyss bytt bifogat heter bor trivs senare igen nästa meddelande uppgifter sluta skriv
        skriva inom blir bli vara varit hade kunde inom sen ses förlåt ursäkta varsågod toppen jättebra
        """
    ),
    "ro": _words(
        """
        nu mulțumesc sunt interesat interesată da plătiți sunați muncă cine sunteți vreau mai trimiteți mesaje
        concediu este pentru bună ziua lucrez salariu unde rog numărul greșit deja am
        """
    ),
}
HALF: Final = _words(
    """
    mail plus dank mes ma es per favor merci wat je mi ja el los las den dem sur con u van ben wel met bin das mit
    der ist aus aber nix nur es dir wie wer nie grüße hallo moin klar stelle fall zu danke que si sí qué ya hola por
    para una su lo baja vale nada claro este esta adiós perfecto saber momento non mon est les des ne pas du ce une
    quoi poste moi salut en dat dit wil bel belt rust uit prima tot dag hoi heel te al werk goed waar hij bij hora
    eres paz kan laat auf von chi sei ho già gia di il che bene dove certo numero sono pace sim já bom boa liga vaga
    meu mam tak ile kontakt jest nu da mai cine am unde rog deja más mas très tres salaire laisse mais bien queda
    sou turno disponible erg veel mir martes dire nun frei vers sous elle madame monsieur vamos alles sein se le un
    del bonne marche gut toll wo ze zo zou dan fait year hace va nos tu on peu bon ses ces sa son dies ella salario
    persona detalles igualmente ouvert sont otro nuevo nova mag zit mooi leer hun haar dus dos dois dis vais savoir
    faire firma war uns macht bis donc noche vor ohne personne alors la notre chez entre avant sans tard zal kom ser
    jour me no at under to do i a o an am be by as on or for over if we late later dag dig ring far too min im mon ta
    after sen inga sin era fa stick fine art bra men man ten past per par via in is was he my so all her us them had
    net et of w till oi ty u ha hell god mine more
    """
)
ENGLISH: Final = _words(
    """
    i i'm the a an is are it to of and for you your my we not yes please thanks thank am be have this that in on at
    with do don't what when how can will would but if so he she they was were our us from see call send sign up out
    sounds good job work text back start need interested love like here there who me's get got go going been one
    more just now still tomorrow today monday tuesday wednesday thursday friday lol yeah yep nah pls u're thx sorry
    number wrong stop about pay hour week day time great happy him her his them their all any or as by mate chef
    i'll i've it's that's email team manager me im i'd no later too far why leave alone under over not idea free want
    needed after before again month year night ring phone where which only never always can't won't didn't isn't
    mon tue wed thu fri jan feb min ta mate sure fine next ping stick u ur w till oi ty ha hell god love more mine good
    """
)
UNFOLDED: Final = _words("fur maine va cat ware")
"""English words that a foreign one becomes when its accents are left out."""
BORROWED: Final = _words(
    """
    ok okay oke k no stop super top cool perfect hello hi hey cheers best regards dear sorry job jobs remote call calls
    meeting team manager interview cv senior junior software developer engineer data product office homeoffice weekend
    online feedback email emails e-mail mail mails sms home business deal link status hr it crm marketing sales test
    trainee freelance smart chat info interim lead backend frontend project process contract permanent position person
    support service design web app site skype zoom teams linkedin whatsapp video radio taxi hotel bus tram metro
    parking restaurant bar chef menu plus minus normal national international social personal regional local central
    total original final legal digital formal special general animal hospital control error doctor director sector
    motor idea area via extra media agenda visa studio solo euro auto photo information situation question station
    option action date name bank park sport film text problem system program plan form alarm respect direct correct
    exact contact document element client agent patient student president intelligent excellent different important
    urgent recent absent talent unsubscribe newsletter spam recruiter headhunter consultant recruiting recruitment
    freelancer full-time part-time full thanks thx scrum devops python java cloud start startup ceo cto
    """
)
"""Words, greetings and closings that the other languages use as they are: alone they mean the same everywhere."""
LOOK_ALIKES: Final = _words(
    """
    a i o e an am as at do to on in is was we he me my so be for her or of over under all had has hat man men den ten
    dig sig sin far fart bra barn bar stick still art rot rat bald gift kind hell brief fast fern handy chef die war
    wand warm hand arm land wind winter wild blind ring finger gold rest west ost nun bin mit not tag rock see stern
    lied los mode paper note notes second premier dire pain coin chat main sale ride lit four champ magazine pays pour
    comment but if car son ton sans tout avert sort plus court lecture assist attend demand large rain sensible pie
    red once pan pies sin sale real come more cane fine fare mare pure sole time vista camera dove due sue tale tali
    fate some mate dose note invite vote male pare pole pose rode rude tire use vale boot brand boom bone door
    dear even week wet water map mug net net pet pit room ramp slang slim slot spot stem step strand tent toe vast verse
    wit wolf worst hem her had ware want list lists slag slut art act fan far glad glass god god gallon
    host kind lax lock long lost lot lunch man mast mat plats port rang rum ser skal slog sort still storm stor svart
    tar tank tog tom tack under val van vid vet var ville arg dom kul host later horse but pod nad to too ten pan sad
    ale brat but cel cos era go gnat i kit kos kot list most my noc oj on pan pod plot pot prom raj rower sad sex stad
    szef stop tam ten to tor trud tu ty via vote was who zero ton one two data amend bolero fame home lane love mania
    nova passe pare rode sere sue time torre ultimate verse vend para ate sobre dote quite
    """
)
"""English words that another language writes the same way and means something else by."""
