"""The words beside a date in the note of an absent person, by what they say: until, from, back, away.

One line holds one language where it can. Phrases are separated by ``|``, a ``*`` stands for any ending; all of them are
for text that went through ``calendar_words.fold``. ``cues`` makes the patterns.
"""

from __future__ import annotations

# "Away until Monday" is back on Monday in English and Dutch; in the North only "till och med" says more.
UNTIL_OPEN = "until|till|'til|til|untill|unil|up until|up to|tot|tot aan"
UNTIL_CLOSED = (
    "through|thru|up to and including|until and including|to and including|till and including|t/m|tot en met|"
    "away to|on leave to|out of office to|out of the office to|bis|bis zum|bis zur|bis einschließlich|bis inkl|"
    "bis inklusive|bis incl|"
    "jusqu'au|jusqu'à|jusqu'en|jusqu'a|jusque|jusqu au|jusqu'aux|"
    "hasta|hasta el|hasta finales|até|até ao|até o|fins|fins al|fins a|"
    "fino|fino al|fino a|fino all'|sino al|sino a|"
    "az do|až do|aż do|do dnia|do końca|do konca|"
    "până la|până pe|până în|până|pînă la|pana la data de|"
    "до|по|вплоть до|по дату|аж до|μέχρι|μέχρι και|έως|έως και|ως|ως και|"
    "till och med|til og med|fram till|indtil|frem til|inntil|kuni|"
    "截至|直到|直至|至|到"
)
# "do" is "until" in Polish, Czech and Slovak, and something else in English, German and Portuguese.
DO = "do|aż do|až do"
SLAVIC = (
    "jestem|będę|wracam|wrócę|urlop*|nieobecn*|biur*|odpowiem|poza|w dniach|do dnia|dniach|dostęp*|"
    "jsem|budu|dovolen*|vrátím|nepřítom*|mimo|zpět|zastihnete|kancelář*|zastižitel*|"
    "som|budem|dovolenk*|vrátim|neprítom*|späť|nie som|kancelári*|od|včetně|vrátane|włącznie|"
    "na dopustu|odsoten|odsotna|nazaj|godišnj*|odmor*|sam|nisam|odsut*|ured*|vraćam"
)
FIRST_DAY = (
    "first day of absence|first day of leave|first day of my leave|first day of holiday|first day of vacation|"
    "first day out|first day away|first day off|first day|start|start date|begin|leave start|"
    "erster tag|erster urlaubstag|erster abwesenheitstag|erster tag der abwesenheit|beginn|anfang|"
    "premier jour d'absence|premier jour|début|primer día|inicio|primo giorno|inizio|primeiro dia|início|"
    "eerste dag|första dagen|första dag|første dag|pierwszy dzień|první den|начало|első nap|開始|开始"
)
LAST_DAY = (
    "last day of absence|last day of leave|last day of my leave|last day of holiday|last day of my holiday|"
    "last day of vacation|last day of my vacation|last day out|last day away|last day off|"
    "letzter urlaubstag|letzter abwesenheitstag|letzter tag der abwesenheit|letzter tag meines urlaubs|"
    "dernier jour d'absence|dernier jour de congé|dernier jour de mes congés|último día de vacaciones|"
    "último día de ausencia|ultimo giorno di ferie|ultimo giorno di assenza|último dia de férias|laatste vakantiedag|"
    "laatste dag van mijn vakantie|sista semesterdagen|sidste feriedag|siste feriedag|ostatni dzień urlopu|"
    "poslední den dovolené|последний день отпуска|останній день відпустки|ultima zi de concediu|izin bitiş tarihi|"
    "szabadságom utolsó napja|szabadság utolsó napja"
)
# These want a colon: "last day: 15 May" beside "first day".
END_LABEL = (
    "last day|end|end date|leave end|to|letzter tag|ende|dernier jour|fin|último día|ultimo giorno|fine|último dia|fim|"
    "laatste dag|einde|sista dagen|sista dag|sidste dag|siste dag|slut|slutt|ostatni dzień|koniec|poslední den|konec|"
    "конец|окончание|utolsó nap|bitiş|終了|结束|結束|종료"
)
FROM = (
    "from|starting|starting from|starting on|beginning|beginning on|commencing|as of|as from|effective|between|"
    "ab|ab dem|vom|von|beginnend|zwischen|"
    "à partir du|à partir de|à compter du|dès|dès le|du|entre|entre le|"
    "desde|desde el|a partir del|a partir de|del|de|entre el|"
    "dal|dalla|dall'|a partire dal|tra il|fra il|"
    "a partir do|a partir do dia|desde o|desde o dia|entre os dias|"
    "vanaf|van|met ingang van|tussen|"
    "från|från och med|fran och med|fra|fra og med|mellan|mellem|mellom|"
    "od|ode dne|od dnia|od dne|począwszy od|między|mezi|medzi|"
    "с|со|з|від|із|начиная с|починаючи з|між|между|"
    "de la|din|începând cu|începând din|cu începere din|între|incepand de la|"
    "από|από τις|από την|μεταξύ|από τη|"
    "从|自|由|從"
)
# Words of a beginning only: such a day begins an absence, or a presence when the words of coming back stand by.
SINCE = "since|seit|seit dem|depuis|depuis le|sinds|sedan|siden|was back on|vom heutigen"
BEFORE = (
    "before|prior to|not before|earlier than|vor|vor dem|avant|avant le|antes|antes del|antes de|antes do|"
    "prima del|voor|"
    "före|før|przed|před|pred|înainte de|înainte|раніше|раньше|перед|πριν|πριν από|πριν τις"
)
LATER = (
    "after|nach|nach dem|après|après le|después del|después de|tras el|dopo|dopo il|após|depois de|depois do|"
    "ben na|ben ik na|pas na|weer na|terug na|po|"
    "после|після|efter|etter|după|μετά|μετά τις|sonra"
)
LENGTHS = {
    1: "one|a|einen|eine|une|un|una|um|uma|een|en|jeden|jedną|одну|ein",
    2: "two|zwei|deux|dos|due|dois|duas|twee|två|to|dwa|dwa|dva|dwóch|две|два|дві",
    3: "three|drei|trois|tres|tre|três|drie|tre|trzy|tři|три",
    4: "four|vier|quatre|cuatro|quattro|quatro|fyra|fire|cztery|čtyři|четыре|чотири",
    5: "five|fünf|cinq|cinco|cinque|vijf|fem|pięć|pět|пять",
    6: "six|sechs|seis|sei|zes|sex|seks|sześć|šest|шесть",
}
DAYS = (
    "day|days|tag|tage|tagen|jour|jours|día|días|giorno|giorni|dia|dias|dag|dagen|dagar|dage|dager|dni|дня|дней|"
    "днів|dní"
)
WEEKS = (
    "week|weeks|woche|wochen|semaine|semaines|semana|semanas|settimana|settimane|weken|vecka|veckor|uge|uger|uke|uker|"
    "tydzień|tygodnie|týden|týdny|неделю|недели|тиждень|тижні"
)
FILL = (
    "on|the|day|date|of|at|around|about|approx|approximately|ca|circa|roughly|probably|likely|expected|at least|and|"
    "including|incl|inclusive|inclusively|midnight|noon|midday|morning|afternoon|evening|end of day|close of business|"
    "cob|eod|eob|end of business|the end of|next|this|coming|this coming|"
    "den|dem|der|am|zum|zu|tag|datum|etwa|ungefähr|zirka|vsl|voraussichtlich|mindestens|wohl|inkl|inklusive|"
    "einschließlich|einschl|mittag|mittags|früh|vormittag|nachmittag|abend|und mit|den tag|nächsten|nächster|"
    "kommenden|kommender|diesen|"
    "le|la|au|jour|environ|vers|inclus|y compris|matin|midi|soir|approximativement|probablement|"
    "el|al|día|dias|aprox|aproximadamente|inclusive|incluso|incluido|alrededor del|próximo|próxima|"
    "il|lo|giorno|giorni|all'|compreso|prossimo|circa il|l'|verso il|"
    "o|dia|ao|aos|no|na|cerca de|provavelmente|"
    "de|op|dag|ongeveer|en met|naar verwachting|volgende|komende|aanstaande|"
    "d|kl|cirka|omkring|og med|och med|ungefär|nästa|næste|neste|kommande|kommende|"
    "dnia|około|dne|asi|okolo|cca|orientačně|włącznie|"
    "data|data de|de data|aproximativ|dată|в|на|числа|примерно|ориентировочно|включительно|включно|приблизно|"
    "και|τις|την|τη|στις|στην|περίπου|του|και τις|w|we|v|ve|vo|pe|i|и|й"
)
INCLUSIVE = (
    "eod|eob|cob|end of day|end of business|close of business|midnight|inclusive|inclusively|included|including|"
    "incl|einschließlich|einschl|inklusive|inkl|inclus|incluse|incluses|"
    "y compris|compris|incluido|incluida|incluído|incluída|compreso|compresa|incluso|inclusief|tot en met|t/m|"
    "through|thru|og med|och med|włącznie|włacznie|včetně|vratane|vrátane|inclusiv|включительно|включно|dahil|"
    "συμπεριλαμβανομένης|bezárólag|mukaan lukien"
)
# "Back": strong words say it of the writer, the others only together with a day and no "not".
BACK = (
    "back|return|returns|returning|resume|resumes|resuming|resumption|available again|reachable again|be in again|"
    "in the office again|again|come back|first day back|reopen|reopens|reopening|re-open|re-opens|rouvre|rouvrira|"
    "réouverture|reabre|reabrimos|reapertura|riapre|riapertura|heropent|rtw|next working day|next day in|"
    "next in the office|next in|next back|"
    "zurück|wieder|zurückkehr*|rückkehr|zurückkomm*|erneut|erster arbeitstag|erst wieder|"
    "de retour|retour|reviens|reviendrai|revient|reviendra|rentre|rentrerai|reprends|reprendrai|reprend|reprendra|"
    "reprise|à nouveau|de nouveau|retournerai|"
    "regres*|vuelvo|volver*|vuelta|de vuelta|reincorpor*|retorn*|retom*|de nuevo|nuevamente|me incorporo|"
    "rientr*|torno|tornerò|torner*|tornare|di nuovo|nuovamente|riprend*|"
    "regresso|retorno|volto|voltarei|voltar|de volta|novamente|regressarei|"
    "terug|weer|opnieuw|terugkeer|terugkom*|hervat*|"
    "tillbaka|åter|igen|återkom*|åter i tjänst|tilbage|tilbake|igjen|tilbagevend*|atter|"
    "wracam|wrócę|wraca|powr*|z powrotem|ponownie|znowu|znów|powróc*|"
    "vrátím|vracím|zpět|zpátky|opět|znovu|vracím se|návrat|vrátim|vraciam|späť|opäť|"
    "reveni*|revin|întorc|întoarc*|mă întorc|din nou|înapoi|reîntorc|reiau|relua*|"
    "вернусь|вернуться|возвращаюсь|вернемся|вернётся|вернется|возвращение|возвращения|снова|опять|выйду|выхожу|"
    "приступлю|возвращусь|"
    "повернусь|повертаюсь|повертаюся|повернуся|повернення|знову|повернеться|вийду|"
    "vissza|visszatér*|visszajöv*|visszaérk*|visszaér*|újra|ismét|"
    "dönü*|dönece*|döner*|döndü*|dönme*|geri|tekrar|yeniden|iş başı*|işbaşı*|"
    "palaan|palaa|palaamme|takaisin|jälleen|taas|paluu|palatessani|"
    "επιστρέφω|επιστρέψω|επιστροφή|επιστροφής|πίσω|ξανά|επανέρχομαι|επανέλθω|"
    "vraćam|vratit*|natrag|ponovno|povratak|връщам|върна|отново|torno a|tornaré|nazaj|vrnem|vračam|vrnil*|spet|"
    "tagasi|naasen"
)
# They say "back" of whatever stands beside them: "again on leave".
AGAIN = (
    "again|wieder|erneut|à nouveau|de nouveau|de nuevo|nuevamente|di nuovo|nuovamente|novamente|weer|opnieuw|igen|"
    "igjen|åter|atter|ponownie|znowu|znów|opět|znovu|opäť|din nou|снова|опять|знову|újra|ismét|tekrar|yeniden|jälleen|"
    "taas|ξανά|отново|spet"
)
BACK_CJK = (
    "復帰|戻り|戻る|帰社|出社|出勤|再開|通常業務|通常通り|業務開始|返回|回来|回來|回到|恢复|恢復|上班|复工|"
    "回办公室|归来|回司|返岗|"
    "복귀|돌아|출근|재개|다시"
)
# "Back", but not of the writer's coming back.
NOT_BACK = (
    "was back|were back|back to you|back to everyone|back to all|back up|back office|return your|return the|"
    "return any|return all|"
    "return calls|return to you|returned|call you back|call back|write back|rückruf|par retour|en retour|"
    "in return|get it back|feedback|again on leave|back on leave|wieder im urlaub|wieder in urlaub|"
    "wieder nicht|erneut nicht|again not|again out|again away|wieder abwesend|erneut im urlaub|erneut abwesend|"
    "de nouveau absent|de nouveau absente|de nouveau en congé|de nouveau en congés|many happy returns|"
    "снова в отпуске|opět na dovolené|znowu na urlopie|igen på semester|weer met vakantie|weer op vakantie|"
    "as soon as i am back|once i am back|tax return|by return|call me back|ring back|phone back|form back|"
    "igen bort|vuelta de correo|back and forth"
)
REPLY = (
    "reply|respond|answer|get back to you|back to you|contact you|call you|melde mich|antworte*|beantwort*|bearbeit*|"
    "répondrai|répondre|reviendrai vers vous|contesta*|responder*|risponder*|beantwoord*|reageer|reageren|svara*|"
    "svarar|svarer|odpowiem|odpovím|отвечу|відповім|voi răspunde|răspund|válaszol*|vastaan|απαντήσω|"
    "process your|deal with your|attend to your|handle your"
)
AVAILABLE = (
    "available|reachable|in the office|in office|in my office|at my desk|at work|online|contactable|be in on|"
    "be in from|be in again|"
    "erreichbar|im büro|im buero|im haus|bin da|ich da|wir da|verfügbar|im dienst|anwesend|am platz|ansprechbar|"
    "zu erreichen|im einsatz|"
    "joignable|disponible|au bureau|présent|présente|en poste|"
    "disponible|en la oficina|operativ*|localizable|"
    "disponibile|in ufficio|raggiungibile|in sede|operativo|operativa|reperibile|"
    "disponível|no escritório|contactável|ao serviço|"
    "beschikbaar|bereikbaar|op kantoor|aanwezig|aan het werk|"
    "tillgänglig|på kontoret|nåbar|anträffbar|på plats|i tjänst|tilgængelig|tilgjengelig|til stede|på jobb|på jobbet|"
    "på arbejde|træffes|å treffe|på plass|"
    "dostępn*|w biurze|w pracy|osiągaln*|k dispozici|v kanceláři|v práci|dostupn*|na příjmu|k zastižení|zastižiteln*|"
    "k dispozícii|v kancelárii|"
    "disponibil|disponibilă|la birou|la serviciu|în birou|contactat|contactată|"
    "доступен|доступна|на работе|в офисе|на связи|на рабочем месте|в строю|"
    "доступний|доступна|на роботі|в офісі|на зв'язку|на робочому місці|у офісі|"
    "elérhető|az irodában|irodában|elérhet*|munkába|dolgoz*|"
    "ofiste|ofisteyim|ofis*|müsait*|işte|iş yerinde|görevimin başında|ulaşılabilir*|işimin başında|"
    "tavoitettavissa|töissä|toimistolla|paikalla|työpaikalla|työhön|"
    "διαθέσιμος|διαθέσιμη|στο γραφείο|στη δουλειά|на линия|в офиса|dosegljiv*|v pisarni|kättesaadav|kontoris|"
    "a l'oficina"
)
NOT = (
    "not|n't|no access|no longer|no est*|no puedo|no volv*|no ten*|no acceso|no voy|no hay|no me|no podr*|"
    "no regres*|no soy|cannot|can't|won't|don't|isn't|out|without|limited|limit|only|unavailable|away|never|"
    "unable|"
    "nicht|kein|keine|keinen|ohne|nur|eingeschränkt|begrenzt|schlecht|schwer|kaum|nie|außer|ausser|bedingt|"
    "pas|ne|non|sans|peu|limité|limitée|injoignable|indisponible|difficilement|aucun|aucune|n'est|n'aurai|n'ai|hors|"
    "sin|nunca|limitad*|fuera|"
    "senza|fuori|limitat*|poco|"
    "não|sem|fora|"
    "niet|geen|beperkt|buiten|slecht|zonder|"
    "inte|ej|ikke|ingen|uten|uden|begränsad*|begrenset|begrænset|utan|"
    "nie|poza|bez|ograniczon*|nedostupn*|mimo|omezen*|nebudu|nejsem|neprítomn*|obmedzen*|niedostępn*|nebudem|"
    "fără|nu sunt|nu voi|nu pot|nu am|nu mă|nu mai|nu revin|nu este|"
    "не|нет|вне|без|недоступ*|ограничен*|немає|поза|обмежен*|"
    "nem|nincs|kívül|korlátozott*|"
    "değil*|dışında*|dönme*|olmayac*|yok*|olamay*|bulunmayac*|değilim|sınırlı|"
    "ei|en ole|en pysty|en pääse|emme|eivät|rajoitetusti|poissa|"
    "δεν|εκτός|χωρίς|μη|ni|nisem"
)
AWAY = (
    "away|absent|absence|out of office|out of the office|out of my office|ooo|on leave|annual leave|sick leave|"
    "parental leave|maternity leave|paternity leave|leave from|leave until|of leave|my leave|leave:|vacation|"
    "holiday|holidays|pto|off work|day off|off sick|travelling|traveling|sabbatical|closed|out|off|on a trip|"
    "unavailable|"
    "abwesend|abwesenheit*|urlaub*|elternzeit*|elternurlaub|mutterschutz|krank*|außer haus|dienstreise|geschäftsreise|"
    "betriebsferien|ferien|verreist|unterwegs|geschlossen|fortbildung|"
    "absent|absente|absents|absence|congé|congés|vacances|déplacement|fermé|fermés|"
    "ausente|vacaciones|de baja|permiso|fuera|cerrad*|ausencia|de viaje|"
    "assente|assenza|ferie|vacanza|fuori ufficio|fuori sede|fuori|chiusi|chiuso|congedo|maternità|"
    "férias|licença|ausência|folga|"
    "afwezig|afwezigheid|vakantie|verlof|vrij|"
    "semester|ledig|frånvarande|frånvaro|tjänstledig*|föräldraledig*|bortrest|ferie|fravær*|fraværende|bortreist|"
    "permisjon|barsel*|orlov|sommerferie|sommarsemester|"
    "nieobecn*|urlop*|zwolnieniu|delegacji|nepřítom*|dovolen*|neprítom*|služební cestě|"
    "concediu|vacanță|plecat|plecată|absent|absentă|"
    "отпуск*|отсутств*|командировк*|больничн*|відпуст*|відсутн*|відрядженн*|лікарнян*|"
    "szabadság*|szabin|távol*|nem leszek|nem vagyok|"
    "izin*|yıllık izin*|tatil*|seyahat*|raporlu*|"
    "loma*|poissa*|vapaa*|matkoilla|hoitovapa*|vanhempainvapa*|"
    "godišnj*|odmor*|odsut*|άδεια*|απουσιάζω|απουσία*|απουσιάσω|διακοπές|отпуск*|отсъств*|vacances|dopust*|"
    "odsoten|odsotna|puhkusel|eemal"
)
AWAY_CJK = (
    "假期|不在|休暇|休み|お休み|出張|留守|休業|休假|请假|外出|度假|出差|年假|休職|育休|産休|請假|放假|휴가|부재|출장|"
    "휴무|휴직|자리를 비"
)
NOT_CJK = "不在|ません|ない|无法|不能|没有|不便|無法|없|않|안 |불가|어렵|難しい"
# At work, elsewhere: no absence.
ELSEWHERE = (
    "working from home|work from home|home office|homeoffice|remotely|télétravail|teletrabajo|smart working|"
    "teletrabalho|thuis aan het werk|thuiswerk*|hemifrån|hjemmekontor|hjemmefra|zdalnie|z domova|etätöissä|удаленно"
)
AVAILABLE_CJK = (
    "対応いたし|対応させ|対応し|可能|办公室|公司|가능|회신|確認いたし|確認し|返信|回复|回覆|处理|處理|ご連絡"
)
# Words of other things that end or begin on a day.
OTHER_THINGS = (
    "open|opened|opens|valid|validity|offer|offers|register|registration|apply|application|applications|deadline|"
    "tickets|invoice|invoices|promotion|discount|expires|expiry|due on|due by|is due|due date|fair|expo|booth|"
    "webinar|sale|vacancy|subscribe|"
    "delivery|shipping|shipment|dated|version|release|ref|reference|order|contract|"
    "gültig|geöffnet|angebot*|anmeldung|anmelden|bewerb*|frist|messe|halle|rabatt|rechnung*|aktenzeichen|lieferung|"
    "lieferbar|aktion|stellenanzeige|"
    "valable|ouvert|ouverte|offre|inscription*|candidature*|facture|salon professionnel|"
    "válido|válida|abierto|abierta|oferta|inscrip*|plazo|feria|valido|valida|aperto|offerta|iscrizion*|scadenza|"
    "aberto|inscriç*|prazo|geldig|geopend|aanbieding|inschrij*|beurs|giltig|gäller|öppet|anmälan|gyldig|gælder|åben|"
    "tilmelding|ważn*|otwart*|oferta|platn*|otevřeno|valabil*|действ*|скидк*|акци*|дійсн*|geçerli*|başvuru*|voimassa|"
    "received|sent on|your mail of|your message of|your email of|ihre mail vom|ihre nachricht vom|"
    "votre message du|votre courriel du|"
    "price|prices|special|members|certified|course|courses|party|host|hosting|deliveries|takes place|visit us|"
    "join us|see you|"
    "meet us|seminar*|workshop*|training|conference|meeting|payable|newsletter|subscription|goods|form|policy|address|"
    "email address|hotline|interview*|show|event|events|"
    "kurs|kurse|sommerfest|fest|findet|statt|hausmesse|besuchen|schulung|konferenz|zahlbar|abonnement|formular|"
    "öffnungszeiten|adresse|e-mail-adresse|veranstaltung*|termin|besprechung|"
    "cours|visitez|venez|rendez-vous|réunion|formulaire|salon|aura lieu|réduction|"
    "curso|visítenos|reunión|evento|pedido|descuento|tendrá lugar|corso|riunione|evento|sconto|si terrà|reunião|"
    "desconto|"
    "cursus|bezoek ons|korting|möte|mässa|rabatt|møde|møte|kurset|spotkanie|szkolenie|rabat|schůzka|sleva|"
    "договор*|магазин*|встреч*|мероприят*|курс|знижк*|зустріч|toplantı*|indirim*|kokous|tarjous|alennus|"
    "rendezvény*|kedvezmény*|întâlnire*|reducere*|έκπτωση|συνάντηση"
)
OTHER_THINGS_CJK = "営業|開催|セール|募集|締切|会議|优惠|優惠|会议|會議|活动|活動|截止|应聘|할인|행사|회의|세일|모집"
# The writer speaks of their own being somewhere, or not.
OWN = (
    "i am|i'm|i will be|i'll be|i shall be|my absence|my leave|i won't|i cannot|"
    "ich bin|bin|bin ich|ich habe|habe ich|ich werde|werde ich|meine abwesenheit|mein urlaub|"
    "je suis|je serai|suis|serai|j'ai|mon absence|mes congés|"
    "estoy|estaré|me encuentro|me encontraré|mis vacaciones|mi ausencia|"
    "sono|sarò|mi trovo|le mie ferie|estou|estarei|encontro-me|minhas férias|minha ausência|"
    "ik ben|ben ik|ik zal|mijn afwezigheid|jag är|är jag|jag har|har jag|jeg er|er jeg|jeg har|har jeg|"
    "jestem|będę|przebywam|mnie|jsem|budu|čerpám|som|budem|"
    "olen|minä|vagyok|leszek|sunt|voi fi|mă aflu|voi lipsi|"
    "я|меня|мене|буду|нахожусь|перебуваю|είμαι|θα είμαι|βρίσκομαι"
)
CONTACT = (
    "contact|reach|please call|please write|please email|please e-mail|please ask|take over|takes over|cover*|"
    "stands in|"
    "deputis*|help|helps|assist|assists|instead|takes care|look after|looks after|"
    "wenden|kontakt*|vertritt|vertreten|vertretung|übernimmt|hilft|helfen|ansprechpartner*|springt|"
    "contacter|contactez|adresser|adressez|joindre|remplace|remplacera|contacte|contactar|dirija*|dirigirse|"
    "contattare|rivolg*|contatti|contatte|contate|contactem|neem contact|vervangt|kontakta|kontakte|kontakt|"
    "kontaktować|skontaktuj*|zastępuje|zastupuje|kontaktujte|obraťte|обращ*|заменяет|зверта*|замінює|fordulj*|"
    "helyettes*|contactați|contactaţi|başvur*|iletişim*|ottakaa yhteyttä|επικοινων*"
)
ENDS = (
    "ends|ends on|ending|over on|endet|endend|zu ende|se termine|prend fin|termine|termina|acaba|finaliza|finisce|"
    "eindigt|slutar|slutter|kończy|końčí|končí|заканчивается|закінчується|se termină|bitiyor|bitecek|päättyy|λήγει|"
    "véget ér"
)
# "Only reachable until Friday": an absence begins there.
ONLY_UNTIL = (
    r"(?<!\w)(?:nur|nur noch|noch|only|just|still|seulement|encore|solo|soltanto|ancora|apenas|ainda|todavia|"
    r"alleen|nog|bara|"
    r"endast|kun|bare|fortfarande|fortsatt|только|еще|лише|ще|tylko|jeszcze|jen|jeste|csak|inca|doar)\s+"
    r"(?:until|till|bis|jusqu|hasta|fino|sino|ate|tot|t/m|til|fram|до|по|do|pana)"
)
# What an absent person's colleague does is of less weight than what the writer does.
COLLEAGUE = (
    "colleague|colleagues|assistant|replacement|deputy|kollege|kollegin|kollegen|vertretung|vertreter|vertreterin|"
    "collègue|collègues|remplaçant|remplaçante|compañero|compañera|colega|collega|colleghi|kollega|kollegor|kolleger|"
    "kolega|koleżanka|kolegyně|coleg|colega|coleg*|коллега|коллеги|колега|kolléga*|kollegá*|arkadaşım|kollegani|"
    "συνάδελφ*|"
    "who|qui|der am|die am|der ab|die ab|he|she|er ist|sie ist|il est|elle est|his|her"
)
UNTIL_AFTER = (
    r"(?:まで|迄|까지|为止|為止|止(?![めま]))|-?(?:j?[ae]i?)?ig(?!\w)|'?(?:y?[ae])?\s*(?:tarihine\s+|"
    r"gunune\s+)?kadar(?!\w)|"
    r"(?::?\w{0,4}\s+)?(?:paiva\w*\s+)?(?:asti|saakka)(?!\w)"
)
FROM_AFTER = (
    r"(?:から|より|부터|起|开始|開始|以降)|-?(?:j?[ae]n?i?)?t[oe]l(?!\w)|"
    r"'?[td][ae]n(?:\s+itibaren)?(?!\w)|(?:tarihinden|gununden)(?:\s+itibaren)?|itibari?yle|"
    r"(?::?\w{0,4}\s+)?(?:paiva\w*\s+)?(?:alkaen|lahtien)(?!\w)"
)
BEFORE_AFTER = r"(?:以前|之前|前(?!后)|이전|전(?!화)|elott|'?[td][ae]n\s+once|oncesi)"
RANGE = (
    "to|thru|through|until|till|til|bis|bis zum|au|à|al|a|até|ao|tot|tot en met|til|till|do|la|la data de|to the|"
    "zum|e il|og|и до"
)
AND = "and|und|et|et le|y|y el|e|e il|e o|en|och|og|i|a|și|si|ja|és|ve|та|і|и|και|και τις|&|et du|ile|ja"
BETWEEN_AFTER = "között|közt|arasında|tarihleri arasında|günleri arasında|tarihlerinde|välisenä aikana|välillä"
BETWEEN = "between|zwischen|entre|tra|fra|tussen|mellan|mellem|mellom|między|mezi|medzi|între|между|між|μεταξύ"
LONG = (
    "parental|maternity|paternity|sabbatical|career break|adoption|secondment|elternzeit|mutterschutz|karenz|babypause|"
    "congé parental|congé maternité|maternité|paternité|maternidad|paternidad|excedencia|maternità|congedo|"
    "licença|zwangerschaps*|ouderschaps*|föräldraledig*|mammaledig|pappaledig|barsel*|foreldreperm*|orlov|"
    "macierzyńsk*|wychowawcz*|rodičovsk*|mateřsk*|matersk*|concediu de creștere*|декрет*|doğum izn*|"
    "äitiys*|vanhempainvapa*|hoitovapa*|gyes|gyed|育休|産休|育児|产假|육아휴직|출산휴가"
)
CLOCK = r"\d{1,2}(?:[:.h]\d{2})?\s?(?:a\.?m\.?|p\.?m\.?|uhr|h|hrs?|o'clock|heures?|uur|ore)(?!\w)|\d{1,2}:\d{2}"
