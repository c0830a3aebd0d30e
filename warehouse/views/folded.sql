create macro letters_folded(text) as translate(regexp_replace(lower(text),
    '[\x{0300}-\x{036F}\x{0610}-\x{061A}\x{064B}-\x{065F}\x{0670}\x{06D6}-\x{06ED}\x{08D3}-\x{08FF}]',
    '', 'g'),
    'آأإٱ' || 'ؤۇۆ' || 'ئيىۍېێ' || 'ۓ' || 'كڪ' || 'ګڰ' || 'هھۀۂەةۃ' || 'ںڼ' || '٠١٢٣٤٥٦٧٨٩' || '۰۱۲۳۴۵۶۷۸۹' || 'ء',
    'اااا' || 'ووو' || 'یییییی' || 'ے' || 'کک' || 'گگ' || 'ہہہہہہہ' || 'نن' || '0123456789' || '0123456789');
comment on macro letters_folded is 'Part of folded(): case, marks and the letter variants of Urdu and Pashto';
create macro folded(text) as case
    when regexp_full_match(text, '[\x00-\x7F]*') then lower(text)
    when regexp_matches(text, '[\x{00AA}-\x{058F}\x{0674}-\x{0678}\x{07C0}-\x{07FF}\x{1E00}-\x{1FFF}\x{2070}-\x{209F}\x{2100}-\x{214F}\x{FB00}-\x{FBFF}\x{FE70}-\x{FEFC}\x{FF10}-\x{FF5A}]')
    then letters_folded(translate(
    regexp_replace(regexp_replace(regexp_replace(regexp_replace(text,
        '[ﻵ-ﻼ]', 'لا', 'g'), '[ßẞ]', 'ss', 'g'), 'ﬁ', 'fi', 'g'), 'ﬂ', 'fl', 'g'),
    'ª²³µ¹ºÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀ' ||
    'āĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįĴĵĶķĹĺĻļĽľŃńŅņŇňŌ' ||
    'ōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžſƠơƯưǍǎǏǐǑǒǓǔǕ' ||
    'ǖǗǘǙǚǛǜǞǟǠǡǢǣǦǧǨǩǪǫǬǭǮǯǰǴǵǸǹǺǻǼǽǾǿȀȁȂȃȄȅȆȇȈȉȊȋȌȍȎȏȐȑȒȓȔȕȖȗȘș' ||
    'ȚțȞȟȦȧȨȩȪȫȬȭȮȯȰȱȲȳʰʱʲʳʴʵʶʷʸʼˠˡˢˣˤͺΆΈΉΊΌΎΏΐΪΫάέήίΰςϊϋόύώϐϑϒϓϔ' ||
    'ϕϖϰϱϲϵϹЀЁЃЇЌЍЎЙйѐёѓїќѝўѶѷӁӂӐӑӒӓӖӗӚӛӜӝӞӟӢӣӤӥӦӧӪӫӬӭӮӯӰӱӲӳӴӵӸӹḀ' ||
    'ḁḂḃḄḅḆḇḈḉḊḋḌḍḎḏḐḑḒḓḔḕḖḗḘḙḚḛḜḝḞḟḠḡḢḣḤḥḦḧḨḩḪḫḬḭḮḯḰḱḲḳḴḵḶḷḸḹḺḻḼ' ||
    'ḽḾḿṀṁṂṃṄṅṆṇṈṉṊṋṌṍṎṏṐṑṒṓṔṕṖṗṘṙṚṛṜṝṞṟṠṡṢṣṤṥṦṧṨṩṪṫṬṭṮṯṰṱṲṳṴṵṶṷṸ' ||
    'ṹṺṻṼṽṾṿẀẁẂẃẄẅẆẇẈẉẊẋẌẍẎẏẐẑẒẓẔẕẖẗẘẙẛẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặẸẹ' ||
    'ẺẻẼẽẾếỀềỂểỄễỆệỈỉỊịỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợỤụỦủỨứỪừỬửỮữỰựỲỳỴỵ' ||
    'ỶỷỸỹἀἁἂἃἄἅἆἇἈἉἊἋἌἍἎἏἐἑἒἓἔἕἘἙἚἛἜἝἠἡἢἣἤἥἦἧἨἩἪἫἬἭἮἯἰἱἲἳἴἵἶἷἸἹἺἻ' ||
    'ἼἽἾἿὀὁὂὃὄὅὈὉὊὋὌὍὐὑὒὓὔὕὖὗὙὛὝὟὠὡὢὣὤὥὦὧὨὩὪὫὬὭὮὯὰάὲέὴήὶίὸόὺύὼώᾀᾁ' ||
    'ᾂᾃᾄᾅᾆᾇᾈᾉᾊᾋᾌᾍᾎᾏᾐᾑᾒᾓᾔᾕᾖᾗᾘᾙᾚᾛᾜᾝᾞᾟᾠᾡᾢᾣᾤᾥᾦᾧᾨᾩᾪᾫᾬᾭᾮᾯᾰᾱᾲᾳᾴᾶᾷᾸᾹᾺΆᾼῂῃ' ||
    'ῄῆῇῈΈῊΉῌῐῑῒΐῖῗῘῙῚΊῠῡῢΰῤῥῦῧῨῩῪΎῬῲῳῴῶῷῸΌῺΏῼ⁰ⁱ⁴⁵⁶⁷⁸⁹ⁿ₀₁₂₃₄₅₆₇₈₉' ||
    'ₐₑₒₓₔₕₖₗₘₙₚₛₜℂℇℊℋℌℍℎℏℐℑℒℓℕℙℚℛℜℝℤℨÅℬℭℯℰℱℳℴℵℶℷℸℹℼℽℾℿⅅⅆⅇⅈⅉﭐﭑﭒﭓﭔ' ||
    'ﭕﭖﭗﭘﭙﭚﭛﭜﭝﭞﭟﭠﭡﭢﭣﭤﭥﭦﭧﭨﭩﭪﭫﭬﭭﭮﭯﭰﭱﭲﭳﭴﭵﭶﭷﭸﭹﭺﭻﭼﭽﭾﭿﮀﮁﮂﮃﮄﮅﮆﮇﮈﮉﮊﮋﮌﮍﮎﮏﮐ' ||
    'ﮑﮒﮓﮔﮕﮖﮗﮘﮙﮚﮛﮜﮝﮞﮟﮠﮡﮢﮣﮤﮥﮦﮧﮨﮩﮪﮫﮬﮭﮮﮯﮰﮱﯓﯔﯕﯖﯗﯘﯙﯚﯛﯜﯞﯟﯠﯡﯢﯣﯤﯥﯦﯧﯨﯩﯼﯽﯾﯿﹰ' ||
    'ﹲﹴﹶﹸﹺﹼﹾﺁﺂﺃﺄﺅﺆﺇﺈﺉﺊﺋﺌﺍﺎﺏﺐﺑﺒﺓﺔﺕﺖﺗﺘﺙﺚﺛﺜﺝﺞﺟﺠﺡﺢﺣﺤﺥﺦﺧﺨﺩﺪﺫﺬﺭﺮﺯﺰﺱﺲﺳﺴﺵ' ||
    'ﺶﺷﺸﺹﺺﺻﺼﺽﺾﺿﻀﻁﻂﻃﻄﻅﻆﻇﻈﻉﻊﻋﻌﻍﻎﻏﻐﻑﻒﻓﻔﻕﻖﻗﻘﻙﻚﻛﻜﻝﻞﻟﻠﻡﻢﻣﻤﻥﻦﻧﻨﻩﻪﻫﻬﻭﻮﻯﻰﻱ' ||
    'ﻲﻳﻴ０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕ' ||
    'ｖｗｘｙｚ',
    'a23μ1oaaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyya' ||
    'aaaaaccccccccddeeeeeeeeeegggggggghhiiiiiiiijjkkllllllnnnnnno' ||
    'ooooorrrrrrssssssssttttuuuuuuuuuuuuwwyyyzzzzzzsoouuaaiioouuu' ||
    'uuuuuuuaaaaææggkkooooʒʒjggnnaaææøøaaaaeeeeiiiioooorrrruuuuss' ||
    'tthhaaeeooooooooyyhɦjrɹɻʁwy ɣlsxʕ αεηιουωιιυαεηιυσιυουωβθυυυ' ||
    'φπκρσεσеегікиуииеегікиуѵѵжжааааееәәжжззииииооөөээууууууччыыa' ||
    'abbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkklllllll' ||
    'lmmmmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuu' ||
    'uuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwysaaaaaaaaaaaaaaaaaaaaaaaaee' ||
    'eeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyy' ||
    'yyyyααααααααααααααααεεεεεεεεεεεεηηηηηηηηηηηηηηηηιιιιιιιιιιιι' ||
    'ιιιιοοοοοοοοοοοουυυυυυυυυυυυωωωωωωωωωωωωωωωωααεεηηιιοουυωωαα' ||
    'ααααααααααααααηηηηηηηηηηηηηηηηωωωωωωωωωωωωωωωωααααααααααααηη' ||
    'ηηηεεηηηιιιιιιιιιιυυυυρρυυυυυυρωωωωωοοωωω0i456789n0123456789' ||
    'aeoxəhklmnpstcɛghhhhħiillnpqrrrzzabceefmoאבגדiπγγπddeijااٻٻٻ' ||
    'ٻپپپپڀڀڀڀٺٺٺٺٿٿٿٿٹٹٹٹڤڤڤڤڦڦڦڦڄڄڄڄڃڃڃڃچچچچڇڇڇڇڍڍڌڌڎڎڈڈژژڑڑککک' ||
    'کگگگگڳڳڳڳڱڱڱڱننڻڻڻڻہہہہہہہہہہےےےےڭڭڭڭووووۈۈۋۋۅۅۉۉیییییییییی ' ||
    '       ااااووااییییااببببہہتتتتثثثثججججححححخخخخددذذررززسسسسش' ||
    'شششصصصصضضضضططططظظظظععععغغغغففففققققککککللللممممننننہہہہووییی' ||
    'ییی0123456789abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu' ||
    'vwxyz'))
    else letters_folded(text) end;
comment on macro folded is 'A text in one spelling: without case, marks, accents, presentation forms and the letter variants of Urdu and Pashto, as transforms/normalise.py has it. For comparing, not for reading';
