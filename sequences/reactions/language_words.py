"""Common words of one-liners in other languages, and of English. Read by ``sequences.reactions.language`` only.

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
        """
    ),
    "it": _words(
        """
        non mi interessa interessato interessata quanto pagate grazie chiamami domani ho già lavoro scrivetemi più
        volentieri chi sei numero sbagliato sono ferie cancellatemi dalla piacerebbe saperne di sì il che molto bene
        buongiorno certo quando dove anche stipendio disponibile perché adesso lasciatemi pace posso vorrei della
        """
    ),
    "pt": _words(
        """
        não tenho interesse interessado quanto paga obrigado obrigada liga amanhã já emprego quem estou férias sim
        quero mandem mais mensagens errado você vaga salário sou meu minha também trabalho onde bom boa agora muito
        """
    ),
    "pl": _words(
        """
        nie dziękuję tak chętnie ile proszę kontakt mam pracę jaka stawka kto zadzwoń jutro jestem urlopie pisać
        poproszę zainteresowany zainteresowana jest dzień dobry praca pracy już czy gdzie kiedy mogę szukam numer
        płacicie
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
    jour
    """
)
ENGLISH: Final = _words(
    """
    i i'm the a an is are it to of and for you your my we not yes please thanks thank am be have this that in on at
    with do don't what when how can will would but if so he she they was were our us from see call send sign up out
    sounds good job work text back start need interested love like here there who me's get got go going been one
    more just now still tomorrow today monday tuesday wednesday thursday friday lol yeah yep nah pls u're thx sorry
    number wrong stop about pay hour week day time great happy him her his them their all any or as by mate chef
    i'll i've it's that's email team manager
    """
)
UNFOLDED: Final = _words("fur maine va cat ware")
"""English words that a foreign one becomes when its accents are left out."""
